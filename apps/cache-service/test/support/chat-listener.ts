import { request } from 'node:http';
import { WebSocket } from 'ws';

/** A message as a stream carries it. */
export interface StreamedMessage {
  readonly id: string;
  readonly text: string;
}

/** One connection to a stream of chat. */
export interface ChatConnection {
  /** Breaks it off. */
  leave(): void;
  /** Resolves when it is over, whoever ended it. */
  readonly ended: Promise<void>;
}

/** How to follow a stream: `after` is the id that was seen last. */
export type Connect = (
  url: string,
  after: string,
  onMessage: (message: StreamedMessage) => void,
) => ChatConnection;

/** Follows by server-sent events, as a browser's EventSource would. */
export const connectEvents: Connect = (url, after, onMessage) => {
  const sent = request(url, { headers: { 'last-event-id': after } });
  const ended = new Promise<void>((resolve) => {
    sent.on('error', () => resolve());
    sent.on('close', () => resolve());
    sent.on('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const events = (rest + chunk).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data !== undefined && event.startsWith('id: ')) onMessage(JSON.parse(data) as StreamedMessage);
        }
      });
      response.on('error', () => resolve());
      response.on('close', () => resolve());
    });
  });
  sent.end();
  return { ended, leave: () => void sent.destroy() };
};

/** Follows over a WebSocket. */
export const connectSocket: Connect = (url, after, onMessage) => {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}?after=${after}`);
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => onMessage(JSON.parse(data.toString()) as StreamedMessage));
  return { ended, leave: () => socket.terminate() };
};
