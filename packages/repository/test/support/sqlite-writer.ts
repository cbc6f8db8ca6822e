/**
 * A process of its own that writes to a shared SQLite file.
 *
 * `counter <url> <times>`: adds 1 to the gold of player 1 so often, eight at a time, and prints the outcome.
 * `ledger <url>`: inserts pairs of players whose levels belong together, for ever, and prints each once acknowledged.
 */
import { increment, openDatabase, type Database } from '../../src/index.ts';
import { players } from './entities.ts';

const CONCURRENCY = 8;

async function count(database: Database, times: number): Promise<void> {
  const repository = database.repository(players);
  let left = times;
  let slowestMs = 0;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const startedMs = performance.now();
      if (left % 2 === 0) await repository.update(1, { gold: increment(1) });
      else await database.transaction((tx) => tx.repository(players).update(1, { gold: increment(1) }));
      slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, one));
  process.stdout.write(`done ${Math.round(slowestMs)}\n`);
}

async function append(database: Database): Promise<never> {
  const one = async (lane: number): Promise<never> => {
    for (let turn = 0; ; turn += 1) {
      const name = `${process.pid}-${lane}-${turn}`;
      await database.transaction(async (tx) => {
        await tx.repository(players).insert({ username: `${name}a` });
        await tx.transaction((inner) => inner.repository(players).insert({ username: `${name}b` }));
      });
      process.stdout.write(`ack ${name}\n`);
    }
  };
  return Promise.race(Array.from({ length: CONCURRENCY }, (_, lane) => one(lane)));
}

const [mode, url = '', times = '0'] = process.argv.slice(2);
const database = await openDatabase(url, { writeTimeoutMs: 30_000, pool: { min: 0 } });
if (mode === 'counter') await count(database, Number(times));
else await append(database);
await database.close();
