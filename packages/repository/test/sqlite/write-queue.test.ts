import { join } from 'node:path';
import { SimulatedClock, temporaryFolder } from '@hanok/testkit';
import { systemClock, systemRng, type Clock } from '@hanok/service-kit';
import Driver from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { deadlineIn } from '../../src/deadline.ts';
import { StorageFull } from '../../src/index.ts';
import { SqliteConnection } from '../../src/sqlite/connection.ts';
import { SqliteScope } from '../../src/sqlite/scope.ts';
import { WriteQueue } from '../../src/sqlite/write-queue.ts';
import { TransactionState } from '../../src/transaction-state.ts';
import { failureOf } from '../support/engines.ts';

/** A queue over a file with one table `log (entry)`. */
function queueOn(folder: string, clock: Clock = systemClock) {
  const path = join(folder, 'queue.db');
  const connection = new SqliteConnection({ path, readOnly: false, synchronous: 'NORMAL', cacheKib: 2_048 });
  connection.driver.exec('CREATE TABLE IF NOT EXISTS log (entry TEXT) STRICT');
  const queue = new WriteQueue({ connection, clock, rng: systemRng, maxQueued: 100 });
  const submit = <T>(run: (connection: SqliteConnection) => T | Promise<T>, deadlineMs = 5_000): Promise<T> =>
    new Promise((fulfil, reject) => {
      queue.submit({
        deadline: deadlineIn(clock, deadlineMs),
        run,
        fulfil: (result) => fulfil(result as T),
        reject,
      });
    });
  const write = (entry: string) =>
    submit(({ driver }) => driver.prepare('INSERT INTO log VALUES (?)').run(entry).changes);
  const entries = () => connection.driver.prepare('SELECT entry FROM log').pluck().all();
  return { path, connection, queue, submit, write, entries };
}

describe('WriteQueue', () => {
  it('acknowledges only after the commit, in order', async () => {
    await using folder = temporaryFolder();
    const { connection, queue, submit, entries } = queueOn(folder.path);
    const committed: boolean[] = [];
    const write = (entry: string) =>
      submit(({ driver }) => driver.prepare('INSERT INTO log VALUES (?)').run(entry)).then(() =>
        committed.push(!connection.inTransaction),
      );
    await Promise.all(['a', 'b', 'c'].map((entry) => write(entry)));
    expect(committed).toEqual([true, true, true]);
    expect(entries()).toEqual(['a', 'b', 'c']);
    expect(queue.stats).toMatchObject({ commits: 1, writes: 3, largestGroup: 3, queued: 0 });
    connection.close();
  });

  it('tells who filled the storage, keeps nothing of it, and commits the others', async () => {
    await using folder = temporaryFolder();
    const { connection, write, entries } = queueOn(folder.path);
    await write('before');
    const pages = Number(connection.driver.pragma('page_count', { simple: true }));
    connection.driver.pragma(`max_page_count = ${pages + 2}`);
    const large = failureOf(write('x'.repeat(100_000)));
    const [beside, failure, after] = await Promise.all([write('beside'), large, write('after')]);
    expect(failure).toBeInstanceOf(StorageFull);
    expect(failure).toMatchObject({ code: 'storage_full', retryable: true });
    expect([beside, after]).toEqual([1, 1]);
    expect(new Set(entries())).toEqual(new Set(['after', 'before', 'beside']));
    connection.driver.pragma('max_page_count = 100000');
    await write('x'.repeat(100_000));
    expect(entries()).toHaveLength(4);
    connection.close();
  });

  it('lets nothing of a transaction through whose body goes on after the storage was full', async () => {
    await using folder = temporaryFolder();
    const { connection, submit, write, entries } = queueOn(folder.path);
    await write('before');
    const pages = Number(connection.driver.pragma('page_count', { simple: true }));
    connection.driver.pragma(`max_page_count = ${pages + 2}`);
    const swallowing = submit((writer) => {
      const scope = new SqliteScope(writer, new TransactionState(false), () => 0);
      return scope.perform(async (tx) => {
        await tx.sql`INSERT INTO log VALUES ('first')`;
        const inner = tx.transaction((nested) => nested.sql`INSERT INTO log VALUES (${'x'.repeat(100_000)})`);
        expect(await failureOf(inner)).toBeInstanceOf(StorageFull);
        await failureOf(tx.sql`INSERT INTO log VALUES ('second')`);
      });
    });
    expect(await failureOf(swallowing)).toMatchObject({ code: 'transaction_aborted' });
    await write('after');
    expect(entries()).toEqual(['before', 'after']);
    connection.close();
  });

  it('finds out who made a commit fail, and commits the others', async () => {
    await using folder = temporaryFolder();
    const { connection, submit, write, entries } = queueOn(folder.path);
    connection.driver.exec(`
      CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
      CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT`);
    const orphan = submit(({ driver }) => driver.prepare('INSERT INTO child VALUES (7)').run());
    const [beside, failure, after] = await Promise.all([write('beside'), failureOf(orphan), write('after')]);
    expect(failure).toMatchObject({ code: 'foreign_key_violation' });
    expect([beside, after]).toEqual([1, 1]);
    expect(entries()).toEqual(['beside', 'after']);
    connection.close();
  });

  it('waits for a lock by its clock, gives up at the deadline of each job, and forgets none', async () => {
    await using folder = temporaryFolder();
    const clock = new SimulatedClock();
    const { path, connection, queue, submit } = queueOn(folder.path, clock);
    const other = new Driver(path);
    other.exec('BEGIN IMMEDIATE');
    const short = failureOf(submit(() => 'never', 50));
    const long = submit(() => 'done', 10_000);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    await clock.advance(60);
    expect(await short).toMatchObject({ code: 'busy', message: 'no turn to write within 50 ms' });
    expect(queue.stats.queued).toBe(1);
    expect(queue.stats.busyRetries).toBeGreaterThan(3);
    other.exec('COMMIT');
    other.close();
    await clock.advance(10);
    expect(await long).toBe('done');
    connection.close();
  });

  it('settles what it took before it closes, and takes no more', async () => {
    await using folder = temporaryFolder();
    const { connection, queue, write, entries } = queueOn(folder.path);
    const last = write('last');
    await queue.close();
    expect(await last).toBe(1);
    expect(await failureOf(write('late'))).toMatchObject({ code: 'database_closed' });
    expect(entries()).toEqual(['last']);
    connection.close();
  });
});
