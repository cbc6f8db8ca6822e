import { writeFileSync, statSync, openSync, writeSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@hanok/testkit';
import Driver from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { Busy, Corrupt, openDatabase, Unsupported, ValidationError } from '../../src/index.ts';
import { SqliteConnection } from '../../src/sqlite/connection.ts';
import { players } from '../support/entities.ts';
import { failureOf, opened, sqliteFile, sqliteMemory } from '../support/engines.ts';

function pathOf(url: string): string {
  return url.slice('sqlite:'.length);
}

describe('the SQLite engine', () => {
  it('commits the writes of one turn together, each with its own outcome', async () => {
    await using test = await opened(sqliteFile, [players]);
    const { database } = test;
    const repository = database.repository(players);
    const before = database.stats().writer?.commits ?? 0;
    const writes = Array.from({ length: 200 }, (_, index) =>
      repository.insert({ username: `name ${index % 150}` }),
    );
    const transactions = Array.from({ length: 50 }, (_, index) =>
      database.transaction(async (tx) => {
        await tx.repository(players).insert({ username: `inner ${index}` });
        if (index % 2 === 1) throw new Error('undone');
      }),
    );
    const results = await Promise.allSettled([...writes, ...transactions]);
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(75);
    expect(await repository.count()).toBe(175);
    const { writer } = database.stats();
    expect((writer?.commits ?? 0) - before).toBeLessThan(20);
    expect(writer?.largestGroup).toBeGreaterThan(50);
  });

  it('makes new databases of pages of 2 KiB, and leaves those of an older one as they are', async () => {
    await using folder = temporaryFolder();
    const older = join(folder.path, 'older.db');
    const before = new Driver(older);
    before.pragma('page_size = 4096');
    before.exec('CREATE TABLE kept (words TEXT); INSERT INTO kept VALUES (hex(randomblob(50000)))');
    before.close();
    for (const [name, pageBytes] of [
      ['older.db', 4_096],
      ['newer.db', 2_048],
    ] as const) {
      const path = join(folder.path, name);
      const settings = { path, readOnly: false, synchronous: 'FULL', cacheKib: 1_024 } as const;
      const connection = new SqliteConnection(settings);
      using _closed = { [Symbol.dispose]: () => connection.close() };
      connection.driver.exec(
        'CREATE TABLE more (words TEXT); INSERT INTO more VALUES (hex(randomblob(50000)))',
      );
      const { log, checkpointed } = connection.logLength();
      const framesBytes = statSync(`${path}-wal`).size - 32;
      expect(log).toBe((framesBytes / (pageBytes + 24)) * pageBytes);
      expect(checkpointed).toBe(0);
      expect(connection.driver.pragma('page_size', { simple: true })).toBe(pageBytes);
    }
  });

  it('answers reads while a transaction is open, with what is committed', async () => {
    await using test = await opened(sqliteFile, [players]);
    const repository = test.database.repository(players);
    await test.database.transaction(async (tx) => {
      await tx.repository(players).insert({ username: 'ada' });
      expect(await repository.count()).toBe(0);
      expect(await tx.repository(players).count()).toBe(1);
    });
    expect(await repository.count()).toBe(1);
  });

  it('gives up waiting for a lock held elsewhere in time, without blocking the event loop', async () => {
    await using test = await opened(sqliteFile, [players], { writeTimeoutMs: 200 });
    const repository = test.database.repository(players);
    const other = new Driver(pathOf(test.url));
    other.exec('BEGIN IMMEDIATE');
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 5);
    const failure = await failureOf(repository.insert({ username: 'ada' }));
    clearInterval(ticking);
    expect(failure).toBeInstanceOf(Busy);
    expect(failure).toMatchObject({ retryable: true, message: 'no turn to write within 200 ms' });
    expect(turns).toBeGreaterThan(0);
    expect(await repository.count()).toBe(0);
    const waiting = repository.insert({ username: 'ada' });
    other.exec('COMMIT');
    other.close();
    expect(await waiting).toMatchObject({ username: 'ada' });
  });

  it('refuses writes beyond its queue', async () => {
    await using test = await opened(sqliteFile, [players], { maxQueuedWrites: 3 });
    const repository = test.database.repository(players);
    const results = await Promise.allSettled(
      [1, 2, 3, 4, 5].map((n) => repository.insert({ username: `name ${n}` })),
    );
    expect(results.map((result) => result.status)).toEqual([
      ...Array(3).fill('fulfilled'),
      ...Array(2).fill('rejected'),
    ]);
    expect(results[4]).toMatchObject({ reason: { code: 'busy' } });
  });

  it('syncs every commit by default, and not with durability normal', async () => {
    await using folder = temporaryFolder();
    const settings = { path: join(folder.path, 'a.db'), readOnly: false, cacheKib: 2_048 };
    const full = new SqliteConnection({ ...settings, synchronous: 'FULL' });
    const normal = new SqliteConnection({ ...settings, synchronous: 'NORMAL' });
    const pragma = (connection: SqliteConnection, name: string) =>
      connection.driver.pragma(name, { simple: true });
    expect([full, normal].map((connection) => pragma(connection, 'synchronous'))).toEqual([2, 1]);
    expect(pragma(full, 'journal_mode')).toBe('wal');
    expect(pragma(full, 'foreign_keys')).toBe(1);
    full.close();
    normal.close();
    const database = await openDatabase(`sqlite:${settings.path}`, { durability: 'normal' });
    await database.ping();
    await database.close();
    expect(() => statSync(`${settings.path}-wal`)).toThrow(/ENOENT/);
  });

  it('backs up while writes go on, and the copy opens', async () => {
    await using test = await opened(sqliteFile, [players]);
    await using folder = temporaryFolder();
    const repository = test.database.repository(players);
    await repository.insertMany(Array.from({ length: 5_000 }, (_, index) => ({ username: `name ${index}` })));
    const stop = new AbortController();
    const writing = (async () => {
      let written = 0;
      for (; !stop.signal.aborted; written += 1) await repository.insert({ username: `later ${written}` });
      return written;
    })();
    const target = join(folder.path, 'copy.db');
    writeFileSync(target, 'an older copy, to be replaced');
    const { sizeBytes } = await test.database.backup(target);
    stop.abort();
    const written = await writing;
    expect(sizeBytes).toBe(statSync(target).size);
    const copy = await openDatabase(`sqlite:${target}`);
    const copied = await copy.repository(players).count();
    expect(copied).toBeGreaterThanOrEqual(5_000);
    expect(copied).toBeLessThanOrEqual(5_000 + written);
    await copy.close();
    await expect(test.database.backup(join(folder.path, 'no', 'such', 'folder.db'))).rejects.toThrow(
      /backup failed/,
    );
  });

  it('refuses what it cannot open or back up', async () => {
    await using folder = temporaryFolder();
    await using memory = await opened(sqliteMemory);
    await expect(memory.database.backup('/tmp/x')).rejects.toBeInstanceOf(Unsupported);
    for (const url of ['sqlite:', 'mysql://x', '', 'postgres:nonsense path']) {
      await expect(openDatabase(url), url).rejects.toBeInstanceOf(ValidationError);
    }
    const path = join(folder.path, 'text.db');
    writeFileSync(path, 'this is no database at all, and long enough to be read as one'.repeat(100));
    await expect(openDatabase(`sqlite:${path}`)).rejects.toBeInstanceOf(Corrupt);
    await expect(openDatabase(`sqlite:${join(path, 'inside.db')}`)).rejects.toThrow(
      /inside\.db cannot be opened/,
    );
    await expect(openDatabase(`sqlite:${folder.path}`)).rejects.toThrow(/cannot be opened/);
  });

  it('finds damage after an unclean stop, and when told to look always', async () => {
    await using test = await opened(sqliteFile, [players]);
    await test.database
      .repository(players)
      .insertMany(Array.from({ length: 3_000 }, (_, index) => ({ username: `name ${index}` })));
    await test.database.close();
    const path = pathOf(test.url);
    const descriptor = openSync(path, 'r+');
    for (let page = 4; page < 12; page += 1)
      writeSync(descriptor, Buffer.alloc(2_000, 0xff), 0, 2_000, page * 4_096);
    closeSync(descriptor);
    const failure = await failureOf(openDatabase(test.url, { integrityCheck: 'always' }));
    expect(failure).toBeInstanceOf(Corrupt);
    expect(String(failure)).toContain(`${path} is damaged`);
    writeFileSync(`${path}-wal`, 'left behind');
    await expect(openDatabase(test.url)).rejects.toBeInstanceOf(Corrupt);
    await expect(openDatabase(test.url), 'again, now that no log is left').rejects.toBeInstanceOf(Corrupt);
    await (await openDatabase(test.url, { integrityCheck: 'never' })).close();
  });
});
