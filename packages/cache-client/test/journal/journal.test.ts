import { eventually, SimulatedClock, temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import { systemClock } from '@hanok/service-kit';
import { cpSync, readdirSync } from 'node:fs';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createCache,
  openJournaledMemory,
  type Cache,
  type JournaledMemoryOptions,
} from '../../src/index.ts';

let temporary: TemporaryFolder;
let folder: string;
beforeEach(() => {
  temporary = temporaryFolder();
  folder = join(temporary.path, 'cache');
});
afterEach(() => temporary.remove());

const open = async (options: Partial<JournaledMemoryOptions> = {}): Promise<Cache> =>
  createCache(await openJournaledMemory({ folder, ...options }), options);

const journals = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.endsWith('.journal'));

/**
 * What is on disk if the process ended now: the folder without the lock. Copied at once, so that no next file
 * begins meanwhile; a deletion that is under way already can still take a file from under it.
 */
async function crashedCopy(cache: Cache): Promise<{ reopen: () => Promise<Cache> }> {
  const copy = await eventually(() => {
    const path = join(temporary.path, `copy-${performance.now()}`);
    cpSync(folder, path, { recursive: true, filter: (file) => !file.endsWith('lock') });
    return path;
  });
  await cache.close();
  return { reopen: async () => createCache(await openJournaledMemory({ folder: copy })) };
}

async function play(cache: Cache): Promise<string> {
  const { token } = await cache.sessions.create('42', { device: 'phone' });
  const ended = await cache.sessions.create('43');
  await cache.sessions.revoke(ended.token);
  await cache.leaderboards.define('b', { operator: 'sum' });
  for (const id of ['3', '1', '2']) await cache.leaderboards.submit('b', id, 10);
  await cache.leaderboards.submit('b', '1', 5);
  await cache.leaderboards.remove('b', '3');
  await cache.chat.publish('world', '42', 'hello');
  await cache.chat.publish('world', '42', 'line\u2028separators\u2029and 🏯\n');
  await cache.counters.increment('c', 7);
  await cache.counters.increment('gone');
  await cache.counters.reset('gone');
  await cache.store.pushBack('list', 'a');
  await cache.store.pushFront('list', 'b');
  await cache.store.popBack('list');
  await cache.playerEntries.put('42', { gold: 5 });
  return token;
}

async function everything({ sessions, leaderboards, chat, counters }: Cache, token: string) {
  return {
    session: await sessions.validate(token),
    others: await sessions.list('43'),
    top: await leaderboards.top('b'),
    board: await leaderboards.describe('b'),
    chat: await chat.read('world'),
    counters: [await counters.read('c'), await counters.read('gone')],
  };
}

describe('a journaled memory engine', () => {
  it('gives messages the ids again that were acknowledged, though no two looks at the clock agree', async () => {
    let lookedMs = Date.now();
    const clock = { ...systemClock, now: () => ++lookedMs };
    const first = await open({ clock });
    for (const text of ['one', 'two', 'three']) await first.chat.publish('world', '42', text);
    const { messages } = await first.chat.read('world');
    await first.close();
    const second = await open({ clock });
    expect((await second.chat.read('world')).messages).toEqual(messages);
    await second.close();
  });

  it('has everything again after a clean end, but no copies of players', async () => {
    const first = await open();
    const token = await play(first);
    const before = await everything(first, token);
    expect(before.top).toHaveLength(2);
    await first.close();
    const second = await open();
    expect(await everything(second, token)).toEqual(before);
    expect(await second.store.popFront('list')).toBe('b');
    expect(await second.playerEntries.read('42')).toBeUndefined();
    expect(JSON.stringify(await readFile(join(folder, (await journals())[0] ?? ''), 'utf8'))).not.toContain(
      'gold',
    );
    await second.close();
  });

  it('has every acknowledged change again after a crash', async () => {
    const first = await open();
    const token = await play(first);
    const before = await everything(first, token);
    const { reopen } = await crashedCopy(first);
    const second = await reopen();
    expect(await everything(second, token)).toEqual(before);
    await second.close();
  });

  it('leaves out a last line that was cut off', async () => {
    const first = await open();
    await first.counters.increment('c', 7);
    await first.close();
    await appendFile(
      join(folder, (await journals())[0] ?? ''),
      '{"at":1,"op":"increment","keys":["counter:{c}"],"ar',
    );
    const second = await open();
    expect(await second.counters.read('c')).toBe(7);
    await second.close();
    const third = await open();
    expect(await third.counters.read('c')).toBe(7);
    await third.close();
  });

  it('does not begin from a damaged file, and names the line', async () => {
    const first = await open();
    await first.counters.increment('c');
    await first.close();
    const path = join(folder, (await journals())[0] ?? '');
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, ['nonsense', ...lines].join('\n'));
    await expect(open()).rejects.toThrow('damaged in line 1');
    await expect(open()).rejects.toThrow('damaged in line 1');
  });

  it('rewrites its file while changes go on, and loses none of them', async () => {
    const first = await open({ minRewriteBytes: 20_000 });
    for (let i = 0; i < 300; i += 1) await first.counters.increment(`still-${i}`, i + 1);
    let sum = 0;
    for (let round = 0; round < 40; round += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => first.counters.increment(`c${i % 5}`)));
      sum += 50;
    }
    await eventually(async () => expect((await journals())[0]).not.toBe('cache-00000001.journal'));
    const { reopen } = await crashedCopy(first);
    const second = await reopen();
    const counts = await Promise.all(Array.from({ length: 5 }, (_, i) => second.counters.read(`c${i}`)));
    expect(counts.reduce((a, b) => a + b, 0)).toBe(sum);
    for (let i = 0; i < 300; i += 1) expect(await second.counters.read(`still-${i}`)).toBe(i + 1);
    await second.close();
  });

  it('ends TTLs when they would have ended', async () => {
    const clock = new SimulatedClock();
    const first = await open({ clock });
    const { token } = await first.sessions.create('42');
    await first.store.set('brief', 'x', { ttlMs: 1_000 });
    await first.store.set('longer', 'x', { ttlMs: 10_000 });
    await clock.advance(600);
    await first.close();
    await clock.advance(600);
    const second = await open({ clock });
    expect(await second.store.exists('brief')).toBe(false);
    expect(await second.store.exists('longer')).toBe(true);
    await clock.advance(8_799);
    expect(await second.store.exists('longer')).toBe(true);
    await clock.advance(1);
    expect(await second.store.exists('longer')).toBe(false);
    expect(await second.sessions.validate(token)).toBeDefined();
    await clock.advance(7_200_000);
    expect(await second.sessions.validate(token)).toBeUndefined();
    await second.close();
  });

  it('gives ids to messages that go on increasing', async () => {
    const clock = new SimulatedClock();
    const first = await open({ clock });
    const { id } = await first.chat.publish('world', '1', 'a');
    await first.close();
    const second = await open({ clock });
    expect((await second.chat.publish('world', '1', 'b')).id).not.toBe(id);
    expect((await second.chat.read('world')).messages.map(({ text }) => text)).toEqual(['a', 'b']);
    await second.close();
  });

  it('keeps its folder to itself while it lives', async () => {
    await writeFile(join(temporary.path, 'pid'), '');
    const first = await open();
    await writeFile(join(folder, 'lock'), String(process.ppid));
    await expect(open()).rejects.toThrow(`in use by the process ${process.ppid}`);
    await first.close();
    await writeFile(join(folder, 'lock'), '999999999');
    await (await open()).close();
  });
});

it('keeps the board of a season that ends while the file is rewritten', async () => {
  const clock = new SimulatedClock({ startMs: Date.UTC(2026, 0, 1) });
  const cache = await open({ clock, minRewriteBytes: 20_000 });
  // Enough keys that their states take many turns of the event loop; the board's comes after them.
  for (let i = 0; i < 3_000; i += 1) void cache.store.set(`filler-${i}`, 'x');
  const season = clock.now();
  await cache.seasons.schedule('weekly', { cron: '0 0 * * *' });
  await cache.leaderboards.submit('weekly', '1', 5);
  await clock.advance(86_400_000);
  const isRewriting = (): boolean =>
    readdirSync(folder).filter((name) => name.endsWith('.journal')).length > 1;
  await eventually(() => expect(isRewriting()).toBe(false));
  while (!isRewriting()) await cache.store.set('last', 'x'.repeat(2_000));
  expect(await cache.seasons.turnWhatIsDue()).toEqual(['weekly']);
  await eventually(async () => expect(await journals()).toHaveLength(1));
  await cache.close();
  const again = await open({ clock });
  expect((await again.seasons.board('weekly', season).page()).rows).toEqual([
    { playerId: '1', score: 5, rank: 1 },
  ]);
  expect(await again.leaderboards.top('weekly')).toEqual([]);
  await again.close();
});
