import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** A webhook as it arrived. */
export interface Received {
  readonly id: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly type: string;
  readonly data: Readonly<Record<string, string | number | null>>;
}

/** Somebody who takes webhooks, over a real socket. */
export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly Received[];
  /** What it answers from now on. Default 204. */
  answer(status: number, headers?: Readonly<Record<string, string>>): void;
}

interface Payload {
  readonly type: string;
  readonly data: Received['data'];
}

function isPayload(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && 'type' in value && 'data' in value;
}

/** Starts a receiver on a free port. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const received: Received[] = [];
  let status = 204;
  let extra: Readonly<Record<string, string>> = {};
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const payload: unknown = text === '' ? {} : JSON.parse(text);
      const { type, data } = isPayload(payload)
        ? payload
        : { type: `${request.method} without a body`, data: {} };
      received.push({
        id: String(request.headers['webhook-id']),
        headers: request.headers,
        text,
        type,
        data,
      });
      response.writeHead(status, extra).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/hooks`,
    received,
    answer(next, headers = {}) {
      status = next;
      extra = headers;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The signatures that Standard Webhooks asks for, worked out from its text and not by our code. */
export function expectedSignature({ headers, text }: Received, secret: string): string {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  return `v1,${createHmac('sha256', key).update(signed, 'utf8').digest('base64')}`;
}
