import { defineEntity, integer, json, text, timestamp, type Row } from '@hanok/repository';
import { MAX_DATA_BYTES, MAX_LEVEL } from '../domain/limits.ts';
import type { JsonObject } from '../http/merge-patch.ts';
import type { Condition } from '../rewards/conditions.ts';
import { leases, webhookDeliveries, webhookEndpoints, webhookEvents } from './webhook-entities.ts';

/** Players (by id) whose cached copies a change makes out of date. */
export type Touched = readonly number[] | 'everyone';

/** Players. A deleted player keeps its row (the ledger refers to it) and loses every personal column. */
export const players = defineEntity({
  table: 'players',
  columns: {
    id: integer().generated(),
    username: text({ maxLength: 64 }).nullable(),
    usernameKey: text({ maxLength: 256 }).nullable().unique(),
    email: text({ maxLength: 254 }).nullable(),
    emailKey: text({ maxLength: 512 }).nullable().unique(),
    passwordHash: text({ maxLength: 256 }).nullable(),
    deviceKey: text({ maxLength: 64 }).nullable().unique(),
    level: integer({ min: 1, max: MAX_LEVEL }).default(1),
    experience: integer({ min: 0 }).default(0),
    gold: integer({ min: 0 }).default(0),
    createdAt: timestamp().defaultNow(),
    lastLoginAt: timestamp().nullable(),
    deletedAt: timestamp().nullable(),
    version: integer().version(),
  },
  indexes: [['level', 'id'], ['deletedAt']],
});
export type PlayerRow = Row<typeof players>;

/** Further devices of players; the first is a column of the player. */
export const devices = defineEntity({
  table: 'devices',
  columns: {
    id: integer().generated(),
    playerId: integer().references('players', 'id'),
    deviceKey: text({ maxLength: 64 }).unique(),
    name: text({ maxLength: 100 }).nullable(),
    createdAt: timestamp().defaultNow(),
  },
  indexes: [['playerId', 'id']],
});
export type DeviceRow = Row<typeof devices>;

/** What a game keeps about a player that Hanok does not need to understand. */
export const playerData = defineEntity({
  table: 'player_data',
  columns: {
    playerId: integer().references('players', 'id').primaryKey(),
    document: json<JsonObject>({ maxBytes: MAX_DATA_BYTES }),
    version: integer().version(),
  },
});

/** One booking: its entries sum to zero. */
export const ledgerTransactions = defineEntity({
  table: 'ledger_transactions',
  columns: {
    id: integer().generated(),
    reason: text({ maxLength: 64 }),
    reference: text({ maxLength: 128 }).nullable(),
    description: text({ maxLength: 500 }).nullable(),
    createdAt: timestamp().defaultNow(),
    rewardId: integer().references('rewards', 'id').nullable(),
  },
  indexes: [['rewardId', 'id']],
});

/**
 * One side of a booking. `playerId` null is the bank: the other side of gold that enters or leaves the game,
 * which has no balance of its own to keep, so nobody queues for it.
 */
export const ledgerEntries = defineEntity({
  table: 'ledger_entries',
  columns: {
    id: integer().generated(),
    transactionId: integer().references('ledger_transactions', 'id'),
    playerId: integer().references('players', 'id').nullable(),
    currency: text({ maxLength: 32 }),
    amount: integer(),
    balanceAfter: integer().nullable(),
  },
  indexes: [
    ['playerId', 'id'],
    ['transactionId', 'playerId'],
  ],
});

/** Balances of the further currencies; that of gold is a column of the player. */
export const balances = defineEntity({
  table: 'balances',
  columns: {
    id: integer().generated(),
    playerId: integer().references('players', 'id'),
    currency: text({ maxLength: 32 }),
    balance: integer(),
  },
  unique: [['playerId', 'currency']],
});

/** Gold for every player of a range of levels and conditions, given at once or in chunks, or such a reward taken back. */
export const rewards = defineEntity({
  table: 'rewards',
  columns: {
    id: integer().generated(),
    status: text({ oneOf: ['running', 'done'] }).default('running'),
    reason: text({ maxLength: 64 }),
    reference: text({ maxLength: 128 }).nullable(),
    description: text({ maxLength: 500 }).nullable(),
    currency: text({ maxLength: 32 }).default('gold'),
    /** Of that currency. */
    gold: integer(),
    minLevel: integer({ min: 1, max: MAX_LEVEL }),
    maxLevel: integer({ min: 1, max: MAX_LEVEL }),
    conditions: json<readonly Condition[]>({ maxBytes: 65_536 }).default([]),
    /** Players with greater ids came later and are not reached. */
    upTo: integer({ min: 0 }),
    /** The last player judged; in a reversal, the last booking taken back. */
    progress: integer({ min: 0 }).default(0),
    players: integer({ min: 0 }).default(0),
    refused: integer({ min: 0 }).default(0),
    totalGold: integer().default(0),
    reversalOf: integer().references('rewards', 'id').nullable().unique(),
    /** A process works on it until then, unless it says so again. */
    workedUntil: timestamp().nullable(),
    createdAt: timestamp().defaultNow(),
    finishedAt: timestamp().nullable(),
  },
  indexes: [['status', 'id']],
});
export type RewardRow = Row<typeof rewards>;

/** What happened in the game at large, such as a reward for many players. */
export const gameLog = defineEntity({
  table: 'game_log',
  columns: {
    id: integer().generated(),
    event: text({ maxLength: 64 }),
    description: text({ maxLength: 500 }).nullable(),
    details: json<Readonly<Record<string, string | number | null>>>({ maxBytes: 4_096 }),
    createdAt: timestamp().defaultNow(),
  },
  indexes: [['event', 'id']],
});

/** The first answer of every request that carried an Idempotency-Key. */
export const idempotencyKeys = defineEntity({
  table: 'idempotency_keys',
  columns: {
    /** Who asked and the hash of the key: `server:…`, `player:12:…`. */
    id: text({ maxLength: 256 }).primaryKey(),
    fingerprint: text({ maxLength: 64 }),
    status: integer(),
    headers: json<Readonly<Record<string, string>>>({ maxBytes: 4_096 }),
    /** Sealed with the key where it shows a secret. */
    body: text({ maxLength: 131_072 }).nullable(),
    /** Players whose cached copies a replay must drop again. */
    touched: json<Touched>({ maxBytes: 65_536 }),
    /** Whose personal data the answer holds, so that erasing the player erases it too. */
    playerId: integer().nullable(),
    expiresAt: timestamp(),
  },
  indexes: [['expiresAt'], ['playerId']],
});
export type IdempotencyKeyRow = Row<typeof idempotencyKeys>;

/** Refresh tokens, used and unused, of families that replace one another. */
export const refreshTokens = defineEntity({
  table: 'refresh_tokens',
  columns: {
    id: integer().generated(),
    family: text({ maxLength: 64 }),
    playerId: integer().references('players', 'id'),
    tokenHash: text({ maxLength: 64 }).unique(),
    /** Public id of the session that was begun with it. */
    sessionId: text({ maxLength: 64 }),
    createdAt: timestamp().defaultNow(),
    expiresAt: timestamp(),
    usedAt: timestamp().nullable(),
    revokedAt: timestamp().nullable(),
  },
  indexes: [['family'], ['playerId'], ['expiresAt']],
});
export type RefreshTokenRow = Row<typeof refreshTokens>;

/** Credentials of a game's servers. */
export const apiKeys = defineEntity({
  table: 'api_keys',
  columns: {
    id: integer().generated(),
    name: text({ maxLength: 100 }),
    /** SHA-256: who reads the database can use no key. */
    keyHash: text({ maxLength: 64 }).unique(),
    scopes: json<readonly string[]>({ maxBytes: 4_096 }),
    createdAt: timestamp().defaultNow(),
    expiresAt: timestamp().nullable(),
    revokedAt: timestamp().nullable(),
  },
});
export type ApiKeyRow = Row<typeof apiKeys>;

/** Cached players that could not be dropped when they changed, because the cache was away. */
export const pendingInvalidations = defineEntity({
  table: 'pending_invalidations',
  columns: {
    id: integer().generated(),
    /** Null: every player. */
    playerId: integer().nullable(),
    createdAt: timestamp().defaultNow(),
  },
});

/** Every entity of this service, for the check of the real tables on start. */
export const entities = [
  players,
  devices,
  playerData,
  rewards,
  ledgerTransactions,
  ledgerEntries,
  balances,
  gameLog,
  idempotencyKeys,
  refreshTokens,
  apiKeys,
  pendingInvalidations,
  webhookEndpoints,
  webhookEvents,
  webhookDeliveries,
  leases,
] as const;
