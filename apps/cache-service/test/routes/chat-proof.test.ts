import type { ChatMessage } from '@hanok/cache-client';
import { eventually, seededRng, startRedis, type TestServer } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  connectEvents,
  connectSocket,
  type ChatConnection,
  type StreamedMessage,
} from '../support/chat-listener.ts';
import { openApp, type OpenedApp } from '../support/open-app.ts';

const readers = 50;
const writers = 10;
/** Messages of each writer. */
const messages = Number(process.env['HANOK_CHAT_MESSAGES'] ?? 20);

/** In the channel. */
const kept = 10_000;

let redis: TestServer;
beforeAll(async () => {
  redis = await startRedis({ dedicated: true });
});
afterAll(() => redis.stop());

/** Ids are times in ms, each with a number that counts within it. */
function placeOf(id: string): number {
  const [ms = '', count = ''] = id.split('-');
  return Number(ms) * 1_000 + Number(count);
}

/** One reader, whose connections break at random. */
class RestlessReader {
  readonly ids: string[] = [];
  #onMessage: () => void = () => undefined;

  /** Reads until it has seen `total` messages; `breakAfter` says after how many a connection breaks, 0 for at once. */
  async readAll(
    connect: (after: string, onMessage: (message: StreamedMessage) => void) => ChatConnection,
    total: number,
    breakAfter: () => number,
  ): Promise<readonly string[]> {
    while (this.ids.length < total) {
      const enough = Math.min(total, this.ids.length + breakAfter());
      let isOver = false;
      const connection = connect(this.ids.at(-1) ?? '0-0', ({ id }) => {
        // What arrives after the break has not been seen.
        if (isOver) return;
        this.ids.push(id);
        this.#onMessage();
      });
      await Promise.race([connection.ended, this.#seen(enough)]);
      isOver = true;
      connection.leave();
      await connection.ended;
    }
    return this.ids;
  }

  async #seen(count: number): Promise<void> {
    while (this.ids.length < count) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
  }
}

it.each([
  ['memory:', 1],
  ['Redis', 2],
])(
  'on %s, %d processes, readers that reconnect at random see every message once, in order',
  async (engine, processes) => {
    const url = engine === 'Redis' ? redis.url : 'memory:';
    const apps: OpenedApp[] = [];
    // A Redis that a busy machine holds up must not cost a message: who repeats it may have published it twice.
    const patient = { redis: { commandTimeoutMs: 20_000 }, chat: { keep: kept } };
    for (let i = 0; i < processes; i += 1) apps.push(await openApp({ url, ...patient }));
    const urls = await Promise.all(
      apps.map(
        async ({ server }) => `${await server.listen({ host: '127.0.0.1', port: 0 })}/v1/chat/world/stream`,
      ),
    );
    for (const { cache } of apps) await eventually(() => expect(cache.connected).toBe(true));
    const rng = seededRng(5);
    const total = writers * messages;
    const pick = <T>(items: readonly T[]): T => items[Math.floor(rng.next() * items.length)] as T;

    const restless = Array.from({ length: readers }, () => new RestlessReader());
    const reading = restless.map((reader) =>
      reader.readAll(
        (after, onMessage) => pick([connectEvents, connectSocket])(pick(urls), after, onMessage),
        total,
        () => Math.floor(rng.next() * 60),
      ),
    );
    const said: ChatMessage[] = [];
    // Whoever is further behind than the channel keeps messages would miss some.
    const lag = (): number => said.length - Math.min(...restless.map(({ ids }) => ids.length));
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let i = 0; i < messages; i += 1) {
          said.push(await pick(apps).cache.chat.publish('world', String(writer), `${writer}: ${i}`));
          do await sleep(rng.next() * 10);
          while (lag() > kept / 2);
        }
      }),
    );

    const published = said.toSorted((a, b) => placeOf(a.id) - placeOf(b.id));
    // What a writer published one after the other is in that order.
    const next = new Map<string, number>();
    for (const { playerId, text } of published) {
      const i = next.get(playerId) ?? 0;
      expect(text).toBe(`${playerId}: ${i}`);
      next.set(playerId, i + 1);
    }
    const ids = published.map(({ id }) => id);
    const newest = await apps[0]?.cache.chat.read('world', { limit: 100 });
    expect(newest?.messages.map(({ id }) => id)).toEqual(ids.slice(-100));
    for (const seen of await Promise.all(reading)) expect(seen).toEqual(ids);
  },
  120_000 + 20 * writers * messages,
);
