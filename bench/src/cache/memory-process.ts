import { MemoryStore } from '@hanok/cache-client';
import { LRUCache } from 'lru-cache';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Fills a cache with entries of 100 characters, some at a turn of the event loop, then reads and replaces some.
 * Arguments: `ours` or `lru-cache`, entries. Prints bytes an entry and the longest turn in ms. Needs --expose-gc.
 */
const [kind = '', count = ''] = process.argv.slice(2);
const entries = Number(count);
const perTurn = 100;
const ttlMs = 3_600_000;

function cacheOf(): { set(key: string, value: string): unknown; get(key: string): unknown } {
  if (kind === 'lru-cache') return new LRUCache<string, string>({ max: entries, ttl: ttlMs });
  const store = new MemoryStore({ maxEntries: entries, maxBytes: 2_000_000_000 });
  return { set: (key, value) => store.set(key, value, { ttlMs }), get: (key) => store.get(key) };
}

function usedBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A string of its own, and not pieces of others. */
const valueOf = (i: number): string => Buffer.from(String(i).padStart(100, 'x')).toString('latin1');

const before = usedBytes();
const cache = cacheOf();
let longestMs = 0;
for (let from = 0; from < 1.2 * entries; from += perTurn) {
  const begunAtMs = performance.now();
  for (let i = from; i < from + perTurn; i += 1) void cache.set(`player:${i % entries}`, valueOf(i));
  await nextTurn();
  longestMs = Math.max(longestMs, performance.now() - begunAtMs);
}
const bytes = (usedBytes() - before) / entries;
if ((await cache.get('player:7')) === undefined) throw new Error('an entry is missing');
process.stdout.write(`${JSON.stringify({ bytes, longestMs })}\n`);
