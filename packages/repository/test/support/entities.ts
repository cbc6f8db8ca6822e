import {
  bigint,
  blob,
  boolean,
  defineEntity,
  integer,
  json,
  real,
  text,
  timestamp,
} from '../../src/index.ts';

export const players = defineEntity({
  table: 'players',
  columns: {
    id: integer().generated(),
    username: text({ minLength: 3, maxLength: 16 }).unique(),
    email: text({ maxLength: 64 }).nullable().unique(),
    level: integer({ min: 1, max: 1_000 }).default(1),
    gold: integer({ min: 0 }).default(0),
    guild: text({ maxLength: 16 }).nullable(),
    createdAt: timestamp().defaultNow(),
    version: integer().version(),
  },
  indexes: [['level', 'id']],
});

/** One column of every kind. */
export const samples = defineEntity({
  table: 'samples',
  columns: {
    key: text({ maxLength: 40 }).primaryKey(),
    whole: integer().nullable(),
    wide: bigint().nullable(),
    fraction: real().nullable(),
    flag: boolean().nullable(),
    words: text().nullable(),
    bytes: blob().nullable(),
    document: json().nullable(),
    momentMs: timestamp().nullable(),
    kind: text({ oneOf: ['sword', 'shield'] }).default('sword'),
  },
});

/** A caller's key, a version, a reference and a group that is unique together. */
export const items = defineEntity({
  table: 'player_items',
  columns: {
    code: text({ maxLength: 16 }).primaryKey(),
    playerId: integer().references('players', 'id', 'cascade'),
    slot: integer({ min: 0 }),
    amount: bigint({ min: 0n }).default(1n),
    version: integer().version(),
  },
  unique: [['playerId', 'slot']],
});
