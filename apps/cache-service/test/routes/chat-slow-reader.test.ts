import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  connectEvents,
  connectSocket,
  type Connect,
  type StreamedMessage,
} from '../support/chat-listener.ts';
import { openApp } from '../support/open-app.ts';

/** What a reader may leave unread, in bytes; the system's own buffers for the connection come on top of it. */
const maxUnreadBytes = 1_048_576;
const text = '한'.repeat(500);
/** More than all buffers together hold. */
const mostMessages = 30_000;

/** A reader who does not read until he is told to. */
interface Sleeper {
  /** Reads all that was sent to him, until he is cut off, and why he was. */
  wake(): Promise<{ readonly messages: readonly StreamedMessage[]; readonly reason: unknown }>;
}

async function sleepOnEvents(url: string): Promise<Sleeper> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, resolve).on('error', reject).end();
  });
  response.pause();
  return {
    async wake() {
      let received = '';
      for await (const chunk of response.setEncoding('utf8')) received += chunk as string;
      const events = [...received.matchAll(/^id: .*\ndata: (.*)$/gm)];
      const end = /^event: end\ndata: (.*)$/m.exec(received)?.[1] ?? 'null';
      return {
        messages: events.map(([, data = '']) => JSON.parse(data) as StreamedMessage),
        reason: JSON.parse(end) as unknown,
      };
    },
  };
}

async function sleepOnSocket(url: string): Promise<Sleeper> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.pause();
  const messages: StreamedMessage[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as StreamedMessage));
  const closed = new Promise((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, detail: reason.toString() }));
  });
  return {
    async wake() {
      socket.resume();
      return { reason: await closed, messages };
    },
  };
}

interface Stream {
  readonly kind: string;
  readonly sleepOn: (url: string) => Promise<Sleeper>;
  readonly connect: Connect;
  readonly code: string | number;
}

const streams: readonly Stream[] = [
  { kind: 'server-sent events', sleepOn: sleepOnEvents, connect: connectEvents, code: 'too_slow' },
  { kind: 'a WebSocket', sleepOn: sleepOnSocket, connect: connectSocket, code: 1013 },
];

it.each(streams)(
  'cuts off who does not read, over $kind, says why, and lets him resume',
  async ({ sleepOn, connect, code }) => {
    const { server, cache } = await openApp({ chat: { keep: 10_000 } });
    const sockets: Socket[] = [];
    server.server.on('connection', (socket) => sockets.push(socket));
    const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/v1/chat/world/stream`;
    const sleeper = await sleepOn(url);
    const unreadBytes = (): number => sockets[0]?.writableLength ?? 0;

    const published: string[] = [];
    const publish = async (): Promise<void> => {
      const each = Array.from({ length: 100 }, () => cache.chat.publish('world', '42', text));
      for (const { id } of await Promise.all(each)) published.push(id);
      for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    };
    while (unreadBytes() <= maxUnreadBytes && published.length < mostMessages) await publish();
    expect(published.length).toBeLessThan(mostMessages);
    const heldBytes = unreadBytes();
    await publish();
    // Only why he is cut off came on top of it.
    expect(unreadBytes()).toBeLessThan(heldBytes + 1_000);

    const { messages, reason } = await sleeper.wake();
    const detail = expect.stringContaining('too slow') as string;
    expect(reason).toEqual({ code, detail });
    const seen = messages.map(({ id }) => id);
    expect(seen.length).toBeLessThanOrEqual(published.length - 100);
    expect(seen).toEqual(published.slice(0, seen.length));

    const rest: string[] = [];
    const all = Promise.withResolvers<undefined>();
    const again = connect(url, seen.at(-1) ?? '', ({ id }) => {
      rest.push(id);
      if (id === published.at(-1)) all.resolve(undefined);
    });
    await all.promise;
    expect([...seen, ...rest]).toEqual(published);
    again.leave();
  },
  60_000,
);
