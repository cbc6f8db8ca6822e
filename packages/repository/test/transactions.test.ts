import { describe, expect, it } from 'vitest';
import {
  DeadlineExceeded,
  increment,
  TransactionAborted,
  TransactionMisuse,
  UniqueViolation,
  ValidationError,
  type Transaction,
} from '../src/index.ts';
import { players } from './support/entities.ts';
import { engines, failureOf, opened, sharedEngines, sqliteMemory } from './support/engines.ts';

describe.each(engines)('transactions on $name', (engine) => {
  it('commits what the body did, and rolls all of it back on a throw, which it rethrows', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    const count = await database.transaction(async (tx) => {
      const repository = tx.repository(players);
      await repository.insert({ username: 'ada' });
      await tx.sql`UPDATE players SET gold = ${7} WHERE username = ${'ada'}`;
      return repository.count();
    });
    expect(count).toBe(1);
    const reason = new Error('changed my mind');
    const failure = await failureOf(
      database.transaction(async (tx) => {
        await tx.repository(players).insert({ username: 'bob' });
        throw reason;
      }),
    );
    expect(failure).toBe(reason);
    expect((await database.repository(players).findMany()).items).toMatchObject([
      { username: 'ada', gold: 7 },
    ]);
  });

  it('survives a failure in an inner transaction, and refuses to commit one that was swallowed', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    await database.repository(players).insert({ username: 'taken' });
    await database.transaction(async (tx) => {
      await tx.repository(players).insert({ username: 'kept' });
      const inner = tx.transaction(async (nested) => {
        await nested.repository(players).insert({ username: 'undone' });
        await nested.repository(players).insert({ username: 'taken' });
      });
      await expect(inner).rejects.toBeInstanceOf(UniqueViolation);
      await tx.transaction((nested) => nested.repository(players).insert({ username: 'nested' }));
    });
    const swallowed = database.transaction(async (tx) => {
      await tx.repository(players).insert({ username: 'half' });
      await failureOf(tx.repository(players).insert({ username: 'taken' }));
      await expect(tx.repository(players).count()).rejects.toBeInstanceOf(TransactionAborted);
      return 'done';
    });
    const failure = await failureOf(swallowed);
    expect(failure).toBeInstanceOf(TransactionAborted);
    expect((failure as TransactionAborted).cause).toBeInstanceOf(UniqueViolation);
    const names = (await database.repository(players).findMany()).items.map((row) => row.username);
    expect(names).toEqual(['taken', 'kept', 'nested']);
  });

  it('goes on after what never reached the database', async () => {
    await using test = await opened(engine, [players]);
    await test.database.transaction(async (tx) => {
      const repository = tx.repository(players);
      const ada = await repository.insert({ username: 'ada' });
      await expect(repository.insert({ username: 'x' })).rejects.toBeInstanceOf(ValidationError);
      await expect(repository.save({ ...ada, version: 9 })).rejects.toMatchObject({
        code: 'version_conflict',
      });
      expect(await repository.insertIfAbsent({ username: 'ada' })).toBeUndefined();
      await repository.save({ ...ada, gold: 5 });
    });
    expect(await test.database.repository(players).getById(1)).toMatchObject({ gold: 5 });
  });

  it('refuses a handle after its end, and the outer one while an inner is open', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    const escaped = await database.transaction(async (tx) => tx);
    await expect(escaped.repository(players).count()).rejects.toBeInstanceOf(TransactionMisuse);
    await expect(escaped.sql`SELECT 1`).rejects.toBeInstanceOf(TransactionMisuse);
    await expect(escaped.transaction(async () => 1)).rejects.toBeInstanceOf(TransactionMisuse);
    await database.transaction(async (tx) => {
      await tx.transaction(async () => {
        await expect(tx.repository(players).insert({ username: 'ada' })).rejects.toBeInstanceOf(
          TransactionMisuse,
        );
      });
      await tx.repository(players).insert({ username: 'bob' });
    });
    const unfinished = database.transaction(async (tx) => {
      void tx.transaction(() => new Promise<never>(() => undefined)).catch(() => undefined);
    });
    await expect(unfinished).rejects.toBeInstanceOf(TransactionMisuse);
    expect(await database.repository(players).count()).toBe(1);
  });

  it('rolls back at its deadline a body that waits for something else, and goes on', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    const gate = Promise.withResolvers<undefined>();
    const abandoned = Promise.withResolvers<unknown>();
    const body = async (tx: Transaction) => {
      await tx.repository(players).insert({ username: 'late' });
      const inner = tx.transaction(async (nested) => {
        await nested.repository(players).insert({ username: 'later' });
        await gate.promise;
        await nested.repository(players).insert({ username: 'latest' });
      });
      abandoned.resolve(failureOf(inner));
      await inner;
    };
    const failure = await failureOf(database.transaction(body, { deadlineMs: 500 }));
    expect(failure).toBeInstanceOf(DeadlineExceeded);
    await database.repository(players).insert({ username: 'next' });
    gate.resolve(undefined);
    expect(await abandoned.promise).toBeInstanceOf(TransactionMisuse);
    await database.repository(players).insert({ username: 'last' });
    const names = (await database.repository(players).findMany()).items.map((row) => row.username);
    expect(names).toEqual(['next', 'last']);
  });

  it('refuses to write in a read-only transaction', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    const write = database.transaction((tx) => tx.repository(players).insert({ username: 'cid' }), {
      readOnly: true,
    });
    await expect(write).rejects.toBeInstanceOf(TransactionMisuse);
    const raw = database.transaction((tx) => tx.sql`DELETE FROM players`, { readOnly: true });
    await expect(raw).rejects.toBeInstanceOf(TransactionMisuse);
  });

  it('loses no update among concurrent read-modify-write transactions', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    await database.repository(players).insertMany([
      { username: 'ada', gold: 500 },
      { username: 'bob', gold: 500 },
    ]);
    const transfers = Array.from({ length: 40 }, (_, index) =>
      database.transaction(
        async (tx) => {
          const repository = tx.repository(players);
          const [from, to] = index % 2 === 0 ? [1, 2] : [2, 1];
          const giver = await repository.getById(from);
          const taker = await repository.getById(to);
          await repository.save({ ...giver, gold: giver.gold - 3 });
          await repository.save({ ...taker, gold: taker.gold + 3 });
          if (index % 8 === 7) throw new Error('undone');
        },
        { deadlineMs: 20_000, retries: 100 },
      ),
    );
    const results = await Promise.allSettled(transfers);
    expect(
      results.filter((result) => result.status === 'rejected').map((result) => String(result.reason)),
    ).toEqual(Array.from({ length: 5 }, () => 'Error: undone'));
    const both = (await database.repository(players).findMany()).items;
    expect(both.map((row) => row.gold)).toEqual([500 - 60 + 45, 500 + 60 - 45]);
    expect(both.map((row) => row.version)).toEqual([36, 36]);
  });

  it('lets no two transactions decide on the same state of the table', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    const join = (number: number) =>
      database.transaction(
        async (tx) => {
          const repository = tx.repository(players);
          if ((await repository.count({ guild: 'red' })) >= 3) return false;
          // An inner transaction must not hide a collision from the outer one.
          await tx
            .transaction((inner) =>
              inner.repository(players).insert({ username: `name ${number}`, guild: 'red' }),
            )
            .catch(() => undefined);
          return true;
        },
        { deadlineMs: 20_000, retries: 100 },
      );
    const joined = await Promise.all(Array.from({ length: 12 }, (_, index) => join(index)));
    expect(joined.filter(Boolean)).toHaveLength(3);
    expect(await database.repository(players).count({ guild: 'red' })).toBe(3);
  });

  it('checks its options', async () => {
    await using test = await opened(engine);
    for (const options of [{ deadlineMs: 0 }, { deadlineMs: 1e9 }, { retries: -1 }, { retries: 101 }]) {
      await expect(test.database.transaction(async () => 1, options)).rejects.toBeInstanceOf(ValidationError);
    }
  });

  it('lets statements of one transaction be awaited together', async () => {
    await using test = await opened(engine, [players]);
    await test.database.transaction(async (tx) => {
      const repository = tx.repository(players);
      await Promise.all(['ann', 'bob', 'cid'].map((username) => repository.insert({ username })));
      await Promise.all([1, 2, 3].map((id) => repository.update(id, { gold: increment(id) })));
    });
    const { items } = await test.database.repository(players).findMany();
    expect(items.map((row) => row.gold)).toEqual([1, 2, 3]);
  });
});

describe.each(sharedEngines)('isolation on $name', (engine) => {
  it('shows nothing outside before the commit', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    const inside = Promise.withResolvers<undefined>();
    const finish = Promise.withResolvers<undefined>();
    const running = database.transaction(async (tx) => {
      await tx.repository(players).insert({ username: 'ada' });
      inside.resolve(undefined);
      await finish.promise;
    });
    await inside.promise;
    expect(await database.repository(players).count()).toBe(0);
    finish.resolve(undefined);
    await running;
    expect(await database.repository(players).count()).toBe(1);
  });

  it('reads one snapshot in a read-only transaction', async () => {
    await using test = await opened(engine, [players]);
    const { database } = test;
    await database.repository(players).insert({ username: 'ada' });
    const counts = await database.transaction(
      async (tx) => {
        const before = await tx.repository(players).count();
        await database.repository(players).insert({ username: 'bob' });
        return [before, await tx.repository(players).count()];
      },
      { readOnly: true },
    );
    expect(counts).toEqual([1, 1]);
  });
});

it('keeps a read on a database in memory waiting for the transaction under way', async () => {
  await using test = await opened(sqliteMemory, [players]);
  const { database } = test;
  const inside = Promise.withResolvers<undefined>();
  const finish = Promise.withResolvers<undefined>();
  const running = database.transaction(async (tx) => {
    await tx.repository(players).insert({ username: 'ada' });
    inside.resolve(undefined);
    await finish.promise;
    throw new Error('undone');
  });
  await inside.promise;
  const during = database.repository(players).count();
  finish.resolve(undefined);
  await expect(running).rejects.toThrow('undone');
  expect(await during).toBe(0);
});
