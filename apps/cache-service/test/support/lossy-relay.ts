import type { Rng } from '@hanok/service-kit';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to another service on which changes, or their answers, are lost. */
export interface LossyRelay extends AsyncDisposable {
  readonly url: string;
  /** Where it leads; undefined: nobody is there. */
  target: string | undefined;
  /** Share of changes that are lost before they arrive, and as many answers. */
  lossRate: number;
  /** Answers that were lost so far: what they answered was done. */
  readonly lostAnswers: number;
}

export async function startLossyRelay(rng: Rng): Promise<LossyRelay> {
  const relay = { target: undefined as string | undefined, lossRate: 0, lostAnswers: 0 };
  const isLost = ({ method }: IncomingMessage): boolean => method === 'POST' && rng.next() < relay.lossRate;
  const server = createServer((request, response) => {
    if (relay.target === undefined || isLost(request)) {
      request.destroy();
      return;
    }
    pass(
      request,
      relay.target,
      (answer) => {
        if (isLost(request)) {
          relay.lostAnswers += 1;
          answer.resume();
          response.destroy();
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
      response,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(relay, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function pass(
  request: IncomingMessage,
  target: string,
  onAnswer: (answer: IncomingMessage) => void,
  response: ServerResponse,
): void {
  const { method, headers, url = '/' } = request;
  const sent = send(target + url, { method, headers }, onAnswer);
  sent.on('error', () => response.destroy());
  request.on('error', () => sent.destroy());
  request.pipe(sent);
}
