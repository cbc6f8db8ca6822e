import { eventually } from '@hanok/testkit';
import { afterEach, expect, it } from 'vitest';
import { openApp } from '../support/open-app.ts';

const controllers: AbortController[] = [];
afterEach(() => {
  for (const controller of controllers.splice(0)) controller.abort();
});

interface Listener {
  readonly status: number;
  readonly contentType: string | null;
  /** The texts of the messages so far. */
  texts(): string[];
  lastEventId(): string;
  /** Why the server ended the stream, once it has said so. */
  endCode(): string | undefined;
  readonly ended: Promise<void>;
  leave(): void;
}

async function listen(url: string, headers: Record<string, string> = {}): Promise<Listener> {
  const controller = new AbortController();
  controllers.push(controller);
  const response = await fetch(url, { headers, signal: controller.signal });
  let received = '';
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? [])
      received += decoder.decode(chunk as Uint8Array, { stream: true });
  };
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    texts: () =>
      [...received.matchAll(/^id: .*\ndata: (.*)$/gm)].map(
        ([, data]) => (JSON.parse(data ?? '') as { text: string }).text,
      ),
    endCode: () => {
      const data = /^event: end\ndata: (.*)$/m.exec(received)?.[1];
      return data === undefined ? undefined : (JSON.parse(data) as { code: string }).code;
    },
    lastEventId: () => [...received.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '',
    ended: read().catch(() => undefined),
    leave: () => controller.abort(),
  };
}

async function start() {
  const { server, cache } = await openApp();
  const url = `${await server.listen({ host: '127.0.0.1', port: 0 })}/v1/chat/world/stream`;
  return { server, url, publish: (text: string) => cache.chat.publish('world', '42', text) };
}

it('sends what is published to everyone who listens', async () => {
  const { url, publish } = await start();
  await publish('before');
  const listeners = await Promise.all([listen(url), listen(url), listen(url)]);
  expect(listeners.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(listeners[0]?.contentType).toContain('text/event-stream');
  for (const text of ['one', 'two\nlines', '한옥 🏯']) await publish(text);
  await eventually(() => {
    for (const listener of listeners) expect(listener.texts()).toEqual(['one', 'two\nlines', '한옥 🏯']);
  });
});

it('resumes after Last-Event-ID or after a given message, without gap or repeat', async () => {
  const { url, publish } = await start();
  const first = await listen(url);
  await publish('one');
  await publish('two');
  await eventually(() => expect(first.texts()).toEqual(['one', 'two']));
  first.leave();
  await publish('three');
  const again = await listen(url, { 'last-event-id': first.lastEventId() });
  await publish('four');
  await eventually(() => expect(again.texts()).toEqual(['three', 'four']));
  const all = await listen(`${url}?after=0-0`);
  await eventually(() => expect(all.texts()).toEqual(['one', 'two', 'three', 'four']));
});

it('ends when the server closes, and does not hold it up', async () => {
  const { server, url } = await start();
  const listener = await listen(url);
  await server.close();
  await listener.ended;
  expect(listener.texts()).toEqual([]);
  expect(listener.endCode()).toBe('stopping');
});

it.each([
  ['?after=yesterday', {}],
  ['?since=1-1', {}],
  ['', { 'last-event-id': 'x' }],
])('refuses %j with a problem', async (query, headers) => {
  const { url } = await start();
  const { status, contentType } = await listen(url + query, headers);
  expect(status).toBe(400);
  expect(contentType).toContain('application/problem+json');
});
