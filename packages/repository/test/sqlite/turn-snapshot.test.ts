import Driver from 'better-sqlite3';
import { stat } from 'node:fs';
import { expect, it } from 'vitest';
import { players } from '../support/entities.ts';
import { opened, sqliteFile } from '../support/engines.ts';

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Resolves when the event loop has received something. */
function received(): Promise<void> {
  return new Promise((resolve) => {
    stat('.', () => resolve());
  });
}

async function openedWithOther() {
  const test = await opened(sqliteFile, [players]);
  const other = new Driver(test.url.slice('sqlite:'.length));
  const insert = other.prepare(
    'INSERT INTO players (username, level, gold, created_at, version) VALUES (?, 1, 0, 0, 1)',
  );
  const cleanUp = new AsyncDisposableStack();
  cleanUp.use(test);
  cleanUp.defer(() => void other.close());
  return {
    repository: test.database.repository(players),
    insert,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

it('shares a snapshot within a turn, and sees own writes at once and those of others in the next turn', async () => {
  await using test = await openedWithOther();
  const { repository, insert } = test;
  await nextTurn();
  const counts = [await repository.count(), await repository.count()];
  insert.run('other');
  counts.push(await repository.count());
  await nextTurn();
  counts.push(await repository.count());
  expect(counts).toEqual([0, 0, 0, 1]);
  await repository.insert({ username: 'own' });
  expect(await repository.count()).toBe(2);
  insert.run('more');
  for (let read = 0; read < 600; read += 1) await repository.findById(1);
  expect(await repository.count(), 'a turn that never ends').toBe(3);
});

it('sees what others wrote before anything was received, also after reads at the end of the turn before', async () => {
  await using test = await openedWithOther();
  const { repository, insert } = test;
  await nextTurn();
  // Not before: what is received at once would be so in this turn, without an end of one in between.
  const isReceived = received();
  expect([await repository.count(), await repository.count()]).toEqual([0, 0]);
  insert.run('other');
  await isReceived;
  expect(await repository.count()).toBe(1);
});
