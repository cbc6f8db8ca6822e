import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';

/** An open stream of chat. */
export interface ChatConnection {
  /** The texts that came so far. */
  readonly texts: readonly string[];
  /** Why it ended: the code of the event `end`, or the close code of the WebSocket. */
  readonly ended: Promise<unknown>;
  leave(): void;
}

/** What came of asking for a stream: the stream, or the refusal. */
export type ChatAnswer = ChatConnection | { readonly status: number | undefined; readonly code: unknown };

interface Message {
  readonly text: string;
}

async function refusal(response: IncomingMessage): Promise<ChatAnswer> {
  const body = Buffer.concat(await response.toArray()).toString();
  const { code } = JSON.parse(body) as { code: unknown };
  return { status: response.statusCode, code };
}

/** Over a WebSocket, the token in a header or, as browsers must, in a subprotocol. */
export async function openSocket(
  url: string,
  token: string | undefined,
  { isInProtocol = false }: { readonly isInProtocol?: boolean } = {},
): Promise<ChatAnswer> {
  const protocols = ['hanok.chat.1', ...(isInProtocol ? [`hanok.bearer.${token}`] : [])];
  const headers = token === undefined || isInProtocol ? {} : { authorization: `Bearer ${token}` };
  const socket = new WebSocket(url.replace(/^http/u, 'ws'), protocols, { headers });
  const texts: string[] = [];
  socket.on('message', (data: Buffer) => texts.push((JSON.parse(data.toString()) as Message).text));
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('unexpected-response', (_request, response) => resolve(refusal(response)));
    const ended = once(socket, 'close').then(([code]: unknown[]) => code);
    socket.on('open', () => resolve({ texts, ended, leave: () => socket.terminate() }));
  });
}

/** By server-sent events. */
export async function openEvents(url: string, token: string | undefined): Promise<ChatAnswer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sent = request(url, { headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) return refusal(response);
  const texts: string[] = [];
  const read = async (): Promise<unknown> => {
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const events = (rest + (chunk as string)).split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) {
        const data = JSON.parse(/^data: (.*)$/mu.exec(event)?.[1] ?? '{}') as Partial<
          Message & { code: unknown }
        >;
        if (event.startsWith('event: end')) return data.code;
        if (data.text !== undefined) texts.push(data.text);
      }
    }
    return undefined;
  };
  return { texts, ended: read().catch(() => undefined), leave: () => void sent.destroy() };
}
