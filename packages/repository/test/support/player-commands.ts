import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import * as fc from 'fast-check';
import { increment, type Database, type Repository, type Session, type Where } from '../../src/index.ts';
import { players } from './entities.ts';
import type { ModelCondition, Player, PlayerModel } from './player-model.ts';

/** The real side; `session` is the database, or the transaction a command runs in. */
export interface Real {
  readonly database: Database;
}

type Step = (model: PlayerModel, session: Session) => Promise<void>;

const names = fc.constantFrom('ann', 'Ann', 'anna', 'bob', 'béa', '한옥집', 'an%', 'an_');
const guilds = fc.option(fc.constantFrom('red', 'blue', ''), { nil: null });
const emails = fc.option(fc.constantFrom('a@a.kr', 'b@a.kr', 'c@a.kr'), { nil: null });
const levels = fc.integer({ min: 1, max: 4 });
const golds = fc.integer({ min: 0, max: 5 });
const picks = fc.nat({ max: 9 });

const conditions: fc.Arbitrary<ModelCondition> = fc.record(
  {
    negated: fc.boolean(),
    minLevel: levels,
    prefix: fc.constantFrom('an', 'A', 'b', '한', 'an%', ''),
    guild: guilds,
    otherGuild: fc.constantFrom('red', 'blue'),
  },
  { requiredKeys: ['negated'] },
);

function whereOf(condition: ModelCondition): Where<typeof players> {
  const { minLevel, prefix, guild, otherGuild, negated } = condition;
  const parts: Where<typeof players>[] = [];
  if (minLevel !== undefined) parts.push({ level: { gte: minLevel } });
  if (prefix !== undefined) parts.push({ username: { startsWith: prefix } });
  if (guild !== undefined) parts.push({ guild });
  if (otherGuild !== undefined) parts.push({ guild: { ne: otherGuild } });
  return negated ? { not: { and: parts } } : { and: parts };
}

async function outcome<T>(work: Promise<T>): Promise<T | { code: unknown; fields: unknown }> {
  try {
    return await work;
  } catch (error) {
    const { code, fields } = error as { code: unknown; fields: unknown };
    return { code, fields };
  }
}

/** A statement that may fail runs in an inner transaction, so that it can be tried inside a transaction too. */
async function attempt<T>(session: Session, work: (repository: Repository<typeof players>) => Promise<T>) {
  return outcome(session.transaction((inner) => work(inner.repository(players))));
}

function fieldsOf(failure: unknown): readonly unknown[] {
  const { fields } = failure as { fields: unknown };
  return Array.isArray(fields) ? fields : [];
}

function requireCode(failure: unknown, code: string): void {
  equal((failure as { code?: unknown }).code, code);
}

/** Compares an attempt with what the model says: violations by the first unique field, or the row as put. */
function settle(model: PlayerModel, expected: Player, actual: unknown): void {
  const taken = model.taken(expected);
  if (taken.length === 0) {
    deepEqual(actual, expected);
    model.put(expected);
  } else {
    requireCode(actual, 'unique_violation');
    ok(taken.includes(String(fieldsOf(actual)[0])));
  }
}

const insert = fc
  .record({ username: names, level: levels, gold: golds, guild: guilds, email: emails })
  .map((row): [string, Step] => [
    `insert ${JSON.stringify(row)}`,
    async (model, session) => {
      const actual = await attempt(session, (repository) => repository.save({ ...row, createdAt: 7 }));
      const id = 'id' in actual ? actual.id : model.lastId + 1;
      ok(id > model.lastId);
      settle(model, { ...row, id, createdAt: 7, version: 1 }, actual);
    },
  ]);

const save = fc
  .record({ pick: picks, username: names, email: emails, gold: golds, stale: fc.boolean() })
  .map(({ pick, stale, ...changes }): [string, Step] => [
    `save ${pick} ${stale ? 'stale ' : ''}${JSON.stringify(changes)}`,
    async (model, session) => {
      const row = model.all()[pick % Math.max(1, model.rows.size)];
      if (row === undefined) return;
      const given = { ...row, ...changes, version: stale ? row.version + 1 : row.version };
      const actual = await attempt(session, (repository) => repository.save(given));
      if (stale) requireCode(actual, 'version_conflict');
      else settle(model, { ...given, version: row.version + 1 }, actual);
    },
  ]);

const reward = fc
  .tuple(conditions, fc.integer({ min: -2, max: 3 }))
  .map(([condition, by]): [string, Step] => [
    `reward ${by} ${JSON.stringify(condition)}`,
    async (model, session) => {
      const rows = model.matching(condition);
      const actual = await attempt(session, (repository) =>
        repository.updateWhere(whereOf(condition), { gold: increment(by) }),
      );
      if (rows.some((row) => row.gold + by < 0)) {
        requireCode(actual, 'check_violation');
        return;
      }
      equal(actual, rows.length);
      for (const row of rows) model.put({ ...row, gold: row.gold + by, version: row.version + 1 });
    },
  ]);

const remove = conditions.map((condition): [string, Step] => [
  `delete ${JSON.stringify(condition)}`,
  async (model, session) => {
    const rows = model.matching(condition).slice(0, 2);
    const repository = session.repository(players);
    const ids = rows.map((row) => row.id);
    equal(await repository.deleteWhere({ and: [whereOf(condition), { id: { in: ids } }] }), rows.length);
    for (const id of ids) model.rows.delete(id);
  },
]);

const find = fc
  .record({
    condition: conditions,
    by: fc.constantFrom('level', 'gold', 'username'),
    direction: fc.constantFrom('asc', 'desc'),
    limit: fc.integer({ min: 1, max: 4 }),
  })
  .map(({ condition, by, direction, limit }): [string, Step] => [
    `find by ${by} ${direction} ${limit} ${JSON.stringify(condition)}`,
    async (model, session) => {
      const sign = direction === 'asc' ? 1 : -1;
      const expected = model
        .matching(condition)
        .toSorted((a, b) => sign * (compare(a[by], b[by]) || a.id - b.id));
      const repository = session.repository(players);
      const query = { where: whereOf(condition), order: [[by, direction] as const], limit };
      const found: Player[] = [];
      for await (const row of repository.findAll(query)) found.push(row);
      deepEqual(found, expected);
      equal(await repository.count(query.where), expected.length);
    },
  ]);

function compare(a: number | string, b: number | string): number {
  return typeof a === 'string' || typeof b === 'string'
    ? Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
    : a - b;
}

const steps = fc.oneof(
  { weight: 3, arbitrary: insert },
  { weight: 2, arbitrary: save },
  reward,
  remove,
  find,
);

/** Several steps in one transaction that commits, or is rolled back as if it had never been. */
const together = fc
  .tuple(fc.array(steps, { maxLength: 4 }), fc.boolean())
  .map(([parts, commits]): [string, Step] => [
    `${commits ? 'commit' : 'roll back'} [${parts.map(([name]) => name).join('; ')}]`,
    async (model, session) => {
      const before = model.snapshot();
      const undo = new Error('undo');
      const running = session.transaction(async (tx) => {
        for (const [, step] of parts) await step(model, tx);
        if (!commits) throw undo;
      });
      if (commits) return running;
      await rejects(running, undo);
      model.restore(before);
    },
  ]);

/** A command of fast-check. */
export function playerCommands() {
  const command = fc.oneof({ weight: 4, arbitrary: steps }, { weight: 1, arbitrary: together });
  return command.map(([name, step]) => ({
    check: () => true,
    run: (model: PlayerModel, { database }: Real) => step(model, database),
    toString: () => name,
  }));
}
