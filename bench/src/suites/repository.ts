import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  createTable,
  defineEntity,
  integer,
  openDatabase,
  text,
  timestamp,
  type Database,
  type Repository,
  type Row,
} from '@hanok/repository';
import Driver from 'better-sqlite3';
import type { Comparison } from '../harness/compare.ts';
import type { Suite } from '../harness/suite.ts';

const PLAYERS = 10_000;
const READS = 100_000;
const LONELY_READS = 20_000;
/** Enough of them that each side has to copy its own log into its own file. */
const SAVES = 5_000;
const CLIENTS = 64;

const players = defineEntity({
  table: 'players',
  columns: {
    id: integer().generated(),
    username: text({ maxLength: 32 }).unique(),
    email: text({ maxLength: 254 }).nullable().unique(),
    level: integer({ min: 1 }).default(1),
    experience: integer({ min: 0 }).default(0),
    gold: integer({ min: 0 }).default(0),
    createdAt: timestamp(),
    lastLoginAt: timestamp().nullable(),
    version: integer().version(),
  },
});
type Player = Row<typeof players>;

const columns = 'id, username, email, level, experience, gold, created_at AS createdAt';
const selectById = `SELECT ${columns}, last_login_at AS lastLoginAt, version FROM players WHERE id = ?`;
const updateById = `UPDATE players SET username = ?, email = ?, level = ?, experience = ?, gold = ?, created_at = ?,
  last_login_at = ?, version = version + 1 WHERE id = ? AND version = ?`;

/**
 * The repository on SQLite beside the same statements prepared by hand. Each has a file of its own, with the same rows:
 * in one file the side with the shorter log would copy what the other wrote.
 */
export const repositorySuite: Suite = {
  name: 'repository',
  async prepare() {
    const folder = mkdtempSync(join(tmpdir(), 'hanok-bench-'));
    const path = join(folder, 'bench.db');
    const database = await openDatabase(`sqlite:${path}`);
    await database.migrate([{ number: 1, name: 'create-players', steps: [createTable(players)] }]);
    const repository = database.repository(players);
    const rows = Array.from({ length: PLAYERS }, (_, index) => ({
      username: `player-${index}`,
      email: `player-${index}@hanok.kr`,
      createdAt: 1_700_000_000_000 + index,
    }));
    await repository.insertMany(rows);
    const barePath = join(folder, 'bare.db');
    await database.backup(barePath);
    const bare = new Driver(barePath);
    bare.pragma('journal_mode = WAL');
    bare.pragma('synchronous = FULL');
    bare.pragma('wal_autocheckpoint = 10000');
    const select = bare.prepare<[number], Player>(selectById);
    assert.deepEqual(await repository.findById(7), select.get(7));
    return {
      comparisons: [
        readComparison(select, repository),
        lonelyReadComparison(select, repository),
        ...writeComparisons(bare, database),
      ],
      async [Symbol.asyncDispose]() {
        bare.close();
        await database.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
};

function readComparison(
  select: Driver.Statement<[number], Player>,
  repository: Repository<typeof players>,
): Comparison {
  return {
    title: 'findById in process, one after the other within a turn: they share a lock',
    unit: 'reads/s',
    bound: { must: 0.8 },
    peer: {
      name: 'bare prepared get',
      measure: async () => {
        const startedMs = performance.now();
        for (let turn = 0; turn < READS; turn += 1) select.get((turn % PLAYERS) + 1);
        return perSecond(READS, startedMs);
      },
    },
    ours: {
      name: 'await findById',
      measure: async () => {
        const startedMs = performance.now();
        for (let turn = 0; turn < READS; turn += 1) await repository.findById((turn % PLAYERS) + 1);
        return perSecond(READS, startedMs);
      },
    },
  };
}

/** Each read has a turn of the event loop to itself, so that it shares its lock with no other. */
function lonelyReadComparison(
  select: Driver.Statement<[number], Player>,
  repository: Repository<typeof players>,
): Comparison {
  const measure = async (read: (id: number) => unknown): Promise<number> => {
    let readMs = 0;
    for (let turn = 0; turn < LONELY_READS; turn += 1) {
      await nextTurn();
      const startedMs = performance.now();
      await read((turn % PLAYERS) + 1);
      readMs += performance.now() - startedMs;
    }
    return (LONELY_READS / readMs) * 1_000;
  };
  return {
    title: 'findById in process, each in a turn of its own',
    unit: 'reads/s',
    bound: { must: 0.8 },
    peer: { name: 'bare prepared get', measure: () => measure((id) => select.get(id)) },
    ours: { name: 'await findById', measure: () => measure((id) => repository.findById(id)) },
  };
}

function writeComparisons(bare: Driver.Database, database: Database): Comparison[] {
  const repository = database.repository(players);
  const update = bare.prepare(updateById);
  const select = bare.prepare<[number], Player>(selectById);
  const commitEach = async (): Promise<number> => {
    const rows = Array.from({ length: SAVES }, (_, index) => select.get(index + 1)).filter(
      (row) => row !== undefined,
    );
    const startedMs = performance.now();
    for (const row of rows) {
      const values = [
        row.username,
        row.email,
        row.level,
        row.experience,
        row.gold,
        row.createdAt,
        row.lastLoginAt,
      ];
      assert.equal(update.run(...values, row.id, row.version).changes, 1);
    }
    return perSecond(rows.length, startedMs);
  };
  const saveWith = async (clients: number): Promise<number> => {
    const waiting: Player[] = [];
    for await (const row of repository.findAll({ limit: 1_000 })) if (waiting.push(row) === SAVES) break;
    const startedMs = performance.now();
    const client = async (): Promise<void> => {
      for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) await repository.save(row);
    };
    await Promise.all(Array.from({ length: clients }, client));
    return perSecond(SAVES, startedMs);
  };
  const peer = { name: 'bare prepared update, one commit each', measure: commitEach };
  return [
    {
      title: 'durable save (synchronous=FULL), one after the other',
      unit: 'saves/s',
      bound: { must: 0.8 },
      peer,
      ours: { name: 'await save', measure: () => saveWith(1) },
    },
    {
      title: `durable save (synchronous=FULL), ${CLIENTS} at a time`,
      unit: 'saves/s',
      peer,
      ours: { name: 'group commit', measure: () => saveWith(CLIENTS) },
    },
  ];
}

function perSecond(count: number, startedMs: number): number {
  return (count / (performance.now() - startedMs)) * 1_000;
}
