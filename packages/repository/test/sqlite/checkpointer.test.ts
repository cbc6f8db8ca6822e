import { statSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedClock, startProcess, temporaryFolder } from '@hanok/testkit';
import { expect, it, vi } from 'vitest';
import { Checkpointer } from '../../src/sqlite/checkpointer.ts';
import { SqliteConnection, type LogLength } from '../../src/sqlite/connection.ts';
import { samples } from '../support/entities.ts';
import { opened, sqliteFile } from '../support/engines.ts';

const MIB = 1_048_576;

it('keeps the log short under writes that never pause, and loses none of them', async () => {
  await using test = await opened(sqliteFile, [samples]);
  const { database, url } = test;
  const repository = database.repository(samples);
  const words = 'x'.repeat(20_000);
  // About 100 MiB through the log, in groups; without checkpoints it would be as long as that.
  for (let group = 0; group < 80; group += 1) {
    await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        repository.upsert({ key: `key ${index}`, words, whole: group }),
      ),
    );
  }
  const logBytes = statSync(`${url.slice('sqlite:'.length)}-wal`).size;
  expect(logBytes).toBeLessThan(80 * MIB);
  expect(await repository.count({ whole: 79 })).toBe(64);
});

it.each([
  { left: 32 * MIB, what: 'goes on beside writes while it catches up', waits: false },
  { left: 64 * MIB, what: 'lets writes wait when it does not catch up', waits: true },
  { left: 16 * MIB, what: 'lets writes wait for the rest', waits: true },
])('$what', async ({ left, waits }) => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'log.db');
  const writer = new SqliteConnection({ path, readOnly: false, synchronous: 'FULL', cacheKib: 1_024 });
  using _closed = { [Symbol.dispose]: () => writer.close() };
  const lengths = vi.spyOn(writer, 'logLength');
  const clock = new SimulatedClock();
  const checkpointer = new Checkpointer(path, writer, clock);
  const afterCommit = async (length: LogLength) => {
    await clock.advance(10);
    lengths.mockReturnValue(length);
    return { mustWait: checkpointer.afterCommit() !== undefined };
  };
  try {
    const mapped = () => writer.driver.pragma('mmap_size', { simple: true });
    expect(await afterCommit({ log: 64 * MIB - 1, checkpointed: 0 })).toEqual({ mustWait: false });
    expect(mapped()).toBe(0);
    expect(await afterCommit({ log: 64 * MIB, checkpointed: 0 })).toEqual({ mustWait: false });
    expect(mapped()).toBeGreaterThan(0);
    const answer = await vi.waitFor(
      async () => {
        const found = await afterCommit({ log: 64 * MIB + left, checkpointed: 64 * MIB });
        expect(lengths).toHaveBeenCalledTimes(3); // the copy has ended
        return found;
      },
      { timeout: 20_000, interval: 5 },
    );
    expect(answer).toEqual({ mustWait: waits });
  } finally {
    await checkpointer.close();
  }
});

it('goes on while a reader holds an old snapshot', async () => {
  await using test = await opened(sqliteFile, [samples]);
  const { database } = test;
  const repository = database.repository(samples);
  const writeGroup = (whole: number) =>
    Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        repository.upsert({ key: `key ${index}`, words: 'x'.repeat(60_000), whole }),
      ),
    );
  await writeGroup(0);
  const release = Promise.withResolvers<void>();
  const seen = Promise.withResolvers<void>();
  const reading = database.transaction(
    async (tx) => {
      const before = await tx.repository(samples).getById('key 1');
      seen.resolve();
      await release.promise;
      return [before.whole, (await tx.repository(samples).getById('key 1')).whole];
    },
    { readOnly: true, deadlineMs: 60_000 },
  );
  await seen.promise;
  try {
    for (let group = 1; group <= 10; group += 1) await writeGroup(group);
  } finally {
    release.resolve();
  }
  expect(await reading).toEqual([0, 0]);
  expect(await repository.count({ whole: 10 })).toBe(64);
  await writeGroup(11);
  expect(await repository.count({ whole: 11 })).toBe(64);
});

it('lets a process close its database and end', { timeout: 60_000 }, async () => {
  await using folder = temporaryFolder();
  await using child = await startProcess({
    args: [join(import.meta.dirname, '../support/closing-process.ts'), join(folder.path, 'closing.db')],
  });
  expect(await child.exited, child.output()).toEqual({ code: 0, signal: null });
  expect(child.output()).toBe('closed\n');
});
