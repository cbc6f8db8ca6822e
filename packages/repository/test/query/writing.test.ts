import { describe, expect, it } from 'vitest';
import {
  CheckViolation,
  everyRow,
  ForeignKeyViolation,
  increment,
  NotFound,
  UniqueViolation,
  ValidationError,
  VersionConflict,
} from '../../src/index.ts';
import { items, players, samples } from '../support/entities.ts';
import { engines, failureOf, opened } from '../support/engines.ts';

describe.each(engines)('writing on $name', (engine) => {
  it('saves: inserts without an id or with 0, then updates with the version', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const first = await repository.save({ username: 'ada', id: 0 });
    expect(first).toMatchObject({ id: 1, level: 1, gold: 0, email: null, version: 1 });
    expect(first.createdAt).toBeGreaterThan(1_600_000_000_000);
    const second = await repository.save({ ...first, gold: 100, email: 'ada@a.kr' });
    expect(second).toEqual({ ...first, gold: 100, email: 'ada@a.kr', version: 2 });
    expect(await repository.getById(1)).toEqual(second);
    const partial = await repository.save({ id: 1, version: 2, username: 'ada', level: 3 });
    expect(partial).toEqual({ ...second, level: 3, version: 3 });
  });

  it('refuses to save over a change, without a version, or what is gone', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const ada = await repository.save({ username: 'ada' });
    await repository.save({ ...ada, gold: 1 });
    const failure = await failureOf(repository.save({ ...ada, gold: 2 }));
    expect(failure).toBeInstanceOf(VersionConflict);
    expect(failure).toMatchObject({ key: ada.id, expectedVersion: 1, code: 'version_conflict' });
    await expect(repository.save({ id: ada.id, username: 'ada' })).rejects.toBeInstanceOf(ValidationError);
    await expect(repository.save({ ...ada, id: 99 })).rejects.toBeInstanceOf(NotFound);
    expect((await repository.getById(ada.id)).gold).toBe(1);
  });

  it('saves entities with keys of the caller by their version', async () => {
    await using test = await opened(engine, [players, items]);
    const { id: playerId } = await test.database.repository(players).save({ username: 'ada' });
    const repository = test.database.repository(items);
    const sword = await repository.save({ code: 'sword', playerId, slot: 0 });
    expect(sword).toEqual({ code: 'sword', playerId, slot: 0, amount: 1n, version: 1 });
    expect(await repository.save({ ...sword, amount: 2n ** 62n })).toMatchObject({ version: 2 });
    await expect(repository.save({ ...sword, amount: 3n })).rejects.toBeInstanceOf(VersionConflict);
    await expect(repository.save({ code: 'sword', playerId, slot: 1 })).rejects.toBeInstanceOf(
      UniqueViolation,
    );
    await expect(test.database.repository(samples).save({ key: 'k' })).rejects.toThrow(/no version/);
  });

  it('names the unique column, the reference and the check that refused', async () => {
    await using test = await opened(engine, [players, items]);
    const repository = test.database.repository(players);
    const ada = await repository.save({ username: 'ada', email: 'ada@a.kr' });
    const byName = await failureOf(repository.insert({ username: 'ada' }));
    expect(byName).toBeInstanceOf(UniqueViolation);
    expect(byName).toMatchObject({ table: 'players', fields: ['username'], retryable: false });
    expect((byName as UniqueViolation).message).not.toContain('ada@a.kr');
    const bob = await repository.save({ username: 'bob' });
    expect(await failureOf(repository.save({ ...bob, email: 'ada@a.kr' }))).toMatchObject({
      fields: ['email'],
    });
    const things = test.database.repository(items);
    await things.insert({ code: 'a', playerId: ada.id, slot: 0 });
    const sameSlot = await failureOf(things.insert({ code: 'b', playerId: ada.id, slot: 0 }));
    expect(sameSlot).toMatchObject({ code: 'unique_violation', fields: ['playerId', 'slot'] });
    expect(await failureOf(things.insert({ code: 'a', playerId: ada.id, slot: 1 }))).toMatchObject({
      fields: ['code'],
    });
    await expect(things.insert({ code: 'c', playerId: 99, slot: 0 })).rejects.toBeInstanceOf(
      ForeignKeyViolation,
    );
    const spent = await failureOf(repository.update(ada.id, { gold: increment(-1) }));
    expect(spent).toBeInstanceOf(CheckViolation);
    expect(spent).toMatchObject({ constraint: 'players_gold_check' });
    expect(await repository.delete(ada.id)).toBe(true);
    expect(await things.count()).toBe(0);
  });

  it('never uses a key twice', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const { id } = await repository.save({ username: 'first' });
    await repository.delete(id);
    expect((await repository.save({ username: 'second' })).id).toBeGreaterThan(id);
    await expect(repository.insert({ id: 7, username: 'third' })).rejects.toThrow(/made by the database/);
  });

  it('inserts many in order, all or none', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const rows = Array.from({ length: 2_500 }, (_, index) => ({
      username: `name ${index}`,
      level: 1 + (index % 9),
    }));
    const stored = await repository.insertMany(rows);
    expect(stored.map((row) => row.username)).toEqual(rows.map((row) => row.username));
    expect(await repository.findByIds(stored.slice(0, 1_000).map((row) => row.id))).toEqual(
      stored.slice(0, 1_000),
    );
    const failure = await failureOf(repository.insertMany([{ username: 'new' }, { username: 'name 7' }]));
    expect(failure).toMatchObject({ fields: ['username'] });
    expect(await repository.count()).toBe(2_500);
    await expect(repository.insertMany([])).rejects.toBeInstanceOf(ValidationError);
  });

  it('upserts on the key or a unique column, and inserts if absent', async () => {
    await using test = await opened(engine, [players, samples]);
    const repository = test.database.repository(players);
    const ada = await repository.upsert({ username: 'ada', gold: 5, level: 2 }, { on: ['username'] });
    const again = await repository.upsert({ username: 'ada', gold: 7 }, { on: ['username'] });
    expect(again).toEqual({ ...ada, gold: 7, version: 2 });
    const kept = await repository.upsert({ username: 'ada', gold: 9 }, { on: ['username'], update: [] });
    expect(kept).toEqual(again);
    expect(await repository.insertIfAbsent({ username: 'ada' })).toBeUndefined();
    expect(await repository.insertIfAbsent({ username: 'bob' })).toMatchObject({
      username: 'bob',
      version: 1,
    });
    await expect(repository.upsert({ username: 'ada' })).rejects.toThrow(/made by the database/);
    await expect(repository.upsert({ username: 'ada' }, { on: ['level'] })).rejects.toThrow(/unique/);
    const keyed = test.database.repository(samples);
    await keyed.upsert({ key: 'k', whole: 1, words: 'kept' });
    expect(await keyed.upsert({ key: 'k', whole: 2 })).toMatchObject({ whole: 2, words: 'kept' });
  });

  it('updates one row, or all that match, and counts versions', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    await repository.insertMany([1, 5, 6].map((level) => ({ username: `level ${level}`, level })));
    expect(await repository.updateWhere({ level: { gte: 5 } }, { gold: increment(100), guild: 'red' })).toBe(
      2,
    );
    expect(await repository.update(3, { gold: increment(-1) })).toMatchObject({
      gold: 99,
      guild: 'red',
      version: 3,
    });
    expect(await repository.update(3, { guild: null }, { version: 3 })).toMatchObject({
      guild: null,
      version: 4,
    });
    await expect(repository.update(3, { level: 2 }, { version: 3 })).rejects.toBeInstanceOf(VersionConflict);
    await expect(repository.update(99, { level: 2 })).rejects.toBeInstanceOf(NotFound);
    await expect(repository.update(3, {})).rejects.toThrow(/at least one/);
    await expect(repository.update(3, { id: 4 } as object)).rejects.toThrow(/cannot be set/);
    await expect(repository.updateWhere({}, { gold: 0 })).rejects.toThrow(/everyRow/);
    expect(await repository.updateWhere(everyRow, { gold: 0 })).toBe(3);
  });

  it('deletes, with a version if asked', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    await repository.insertMany(['ann', 'bob', 'cid', 'dan'].map((username) => ({ username })));
    await repository.update(1, { gold: 1 });
    await expect(repository.delete(1, { version: 1 })).rejects.toBeInstanceOf(VersionConflict);
    expect(await repository.delete(1, { version: 2 })).toBe(true);
    expect(await repository.delete(1, { version: 2 })).toBe(false);
    expect(await repository.delete(1)).toBe(false);
    await expect(repository.deleteWhere({})).rejects.toThrow(/everyRow/);
    expect(await repository.deleteWhere({ username: { in: ['bob', 'cid'] } })).toBe(2);
    expect((await repository.findMany()).items.map((row) => row.username)).toEqual(['dan']);
  });

  it('gives each of many concurrent writes its own outcome', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const names = Array.from({ length: 60 }, (_, index) => `name ${index % 40}`);
    const results = await Promise.allSettled(names.map((username) => repository.insert({ username })));
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(20);
    for (const { reason } of failed) expect(reason).toBeInstanceOf(UniqueViolation);
    expect(await repository.count()).toBe(40);
    const { id } = await repository.save({ username: 'bank' });
    await Promise.all(names.map(() => repository.update(id, { gold: increment(1) })));
    expect(await repository.getById(id)).toMatchObject({ gold: 60, version: 61 });
  });
});
