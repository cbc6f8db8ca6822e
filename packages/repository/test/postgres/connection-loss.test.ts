import { eventually, startPostgres } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { ConnectionLost, increment, openDatabase } from '../../src/index.ts';
import { players } from '../support/entities.ts';
import { failureOf, tablesOf } from '../support/engines.ts';

it('reports a lost server as retryable or of unknown outcome, keeps what was acknowledged, and recovers', async () => {
  const server = await startPostgres({ dedicated: true });
  const database = await openDatabase(server.url, { pool: { min: 2, max: 8 } });
  await database.migrate(tablesOf([players]));
  const repository = database.repository(players);
  await repository.insert({ username: 'bank' });
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  const lane = async (number: number): Promise<void> => {
    for (let turn = 0; failures.length === 0; turn += 1) {
      const username = `lane ${number} ${turn}`;
      try {
        await repository.insert({ username });
        acknowledged.push(username);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const lanes = [1, 2, 3, 4, 5, 6].map((number) => lane(number));
  await eventually(() => acknowledged.length > 100);
  await server.kill();
  await Promise.all(lanes);
  for (const failure of failures) {
    expect(failure).toBeInstanceOf(ConnectionLost);
    const { outcomeUnknown, retryable } = failure as ConnectionLost;
    expect(retryable).toBe(!outcomeUnknown);
  }
  expect(await failureOf(repository.count())).toMatchObject({ code: 'connection_lost', retryable: true });
  expect(await failureOf(database.ping())).toBeInstanceOf(ConnectionLost);
  expect(await failureOf(database.transaction((tx) => tx.repository(players).count()))).toBeInstanceOf(
    ConnectionLost,
  );
  await server.restart();
  await eventually(() => database.ping());
  const found = new Set<string>();
  for await (const row of repository.findAll({ limit: 1_000 })) found.add(row.username);
  expect(acknowledged.filter((name) => !found.has(name))).toEqual([]);
  await database.close();
  await server.stop();
});

it('runs a transaction again when its connection is cut before the commit', async () => {
  const server = await startPostgres({ dedicated: true });
  const database = await openDatabase(server.url, { pool: { min: 1, max: 4 } });
  await database.migrate(tablesOf([players]));
  const repository = database.repository(players);
  const { id } = await repository.insert({ username: 'bank' });
  let runs = 0;
  await database.transaction(async (tx) => {
    runs += 1;
    const { rows } = await tx.sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`;
    await tx.repository(players).update(id, { gold: increment(5) });
    if (runs === 1) await database.sql`SELECT pg_terminate_backend(${rows[0]?.pid ?? 0}::integer)`;
    await tx.repository(players).update(id, { gold: increment(5) });
  });
  expect(runs).toBe(2);
  expect(await repository.getById(id)).toMatchObject({ gold: 10 });
  expect(database.stats().pool).toMatchObject({ closed: expect.any(Number), waiting: 0 });
  await database.close();
  await server.stop();
});

it('says clearly that nobody listens', async () => {
  const failure = await failureOf(openDatabase('postgres://nobody:secret@127.0.0.1:1/none'));
  expect(failure).toBeInstanceOf(ConnectionLost);
  expect(String(failure)).not.toContain('secret');
});
