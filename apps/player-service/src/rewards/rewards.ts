import type { Session, Transaction, Where } from '@hanok/repository';
import { DomainError, invalidValue } from '../domain/errors.ts';
import { MAX_LEVEL, MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import { openBooking } from '../ledger/ledger.ts';
import { gameLog, ledgerEntries, players, rewards, type RewardRow } from '../storage/entities.ts';
import { addGiftEntries, settle } from './booking.ts';
import type { ChangeEvent } from '../webhooks/event-types.ts';
import { MAX_AT_ONCE, type RewardBody, type RewardResult } from './reward-schemas.ts';

/** Ids shown of a reward's players. */
const SAMPLE_SIZE = 10;
/** More players than this are not listed for the cache: it is emptied of players instead. */
const MAX_LISTED = 256;

/** What a request for a reward did, and whose cached copies it made out of date. */
export interface Begun {
  readonly result: RewardResult;
  readonly touched: readonly number[] | 'everyone';
  readonly events: readonly ChangeEvent[];
}

/** @throws DomainError `invalid_value` when the range of levels is empty. */
export function requireRange(
  minLevel: number | undefined,
  maxLevel: number | undefined,
  root = 'body',
): void {
  if (minLevel !== undefined && maxLevel !== undefined && minLevel > maxLevel) {
    throw invalidValue(`${root}.maxLevel`, 'minimum', 'must not be below minLevel');
  }
}

/** Counts whom a reward would reach, and shows some of them. Changes nothing. */
export async function previewReward(session: Session, body: RewardBody): Promise<RewardResult> {
  const where = reached(body);
  const repository = session.repository(players);
  const count = await repository.count(where);
  const { items } = await repository.findMany({ where, limit: SAMPLE_SIZE });
  return {
    id: null,
    status: null,
    dryRun: true,
    players: count,
    gold: body.gold,
    totalGold: total(count, body.gold),
    sample: items.map(({ id }) => String(id)),
    transactionId: null,
    gameLogId: null,
  };
}

/**
 * Gives a reward: to all of a small range in this transaction, or to nobody; a large range is left to the chunks
 * of `Campaigns`, and its row is the promise that all will be reached.
 *
 * @throws DomainError `balance_limit` when one player of a small range could not hold it.
 */
export async function beginReward(tx: Transaction, body: RewardBody): Promise<Begun> {
  const count = await tx.repository(players).count(reached(body));
  total(count, body.gold);
  const last = await tx.repository(players).findOne({}, [['id', 'desc']]);
  const reward = await tx.repository(rewards).insert({
    reason: body.reason,
    reference: body.reference ?? null,
    description: body.description ?? null,
    gold: body.gold,
    minLevel: body.minLevel ?? 1,
    maxLevel: body.maxLevel ?? MAX_LEVEL,
    upTo: last?.id ?? 0,
  });
  if (count > MAX_AT_ONCE) return { result: runningResult(reward), touched: [], events: [] };
  return giveAtOnce(tx, reward);
}

async function giveAtOnce(tx: Transaction, reward: RewardRow): Promise<Begun> {
  const { id, minLevel, maxLevel, upTo, gold } = reward;
  const transactionId = await openBooking(tx, reward, id);
  await addGiftEntries(tx, transactionId, gold, { minLevel, maxLevel, upTo, after: 0 });
  // Whoever has an entry is locked now and can hold the gold; whoever else matches and cannot, has none.
  const full = await tx.repository(players).exists({
    level: { gte: minLevel, lte: maxLevel },
    deletedAt: null,
    gold: { gt: MAX_SAFE_AMOUNT - gold },
  });
  if (full) {
    throw new DomainError('balance_limit', 'One of these players cannot hold so much gold; nobody got any');
  }
  const { players: paid, totalGold } = await settle(tx, transactionId);
  const listed = await tx.repository(ledgerEntries).findMany({ where: { transactionId }, limit: MAX_LISTED });
  const ids = listed.items.flatMap(({ playerId }) => (playerId === null ? [] : [playerId]));
  const done = { ...reward, players: paid, totalGold };
  const { gameLogId, events } = await finishReward(tx, done);
  const result = {
    ...runningResult(done),
    status: 'done' as const,
    sample: ids.slice(0, SAMPLE_SIZE).map(String),
    transactionId: String(transactionId),
    gameLogId: String(gameLogId),
  };
  return { result, touched: listed.nextCursor === null ? ids : 'everyone', events };
}

/**
 * Marks a reward as done and writes its one line in the game log, which is also what is told of it: one event for
 * all of its players, who may be millions.
 */
export async function finishReward(
  tx: Transaction,
  reward: RewardRow,
): Promise<{ gameLogId: number; events: readonly ChangeEvent[] }> {
  const event = reward.reversalOf === null ? reward.reason : `${reward.reason}_REVERSED`.slice(0, 64);
  const details = {
    rewardId: String(reward.id),
    players: reward.players,
    refused: reward.refused,
    gold: reward.gold,
    totalGold: reward.totalGold,
    minLevel: reward.minLevel,
    maxLevel: reward.maxLevel,
    reversalOf: reward.reversalOf === null ? null : String(reward.reversalOf),
  };
  const logged = await tx.repository(gameLog).insert({ event, description: reward.description, details });
  await tx.repository(rewards).update(reward.id, {
    status: 'done',
    players: reward.players,
    refused: reward.refused,
    totalGold: reward.totalGold,
    finishedAt: logged.createdAt,
    workedUntil: null,
  });
  const told = { ...details, reason: reward.reason, reference: reward.reference };
  return { gameLogId: logged.id, events: [{ type: 'reward.finished', playerId: null, data: told }] };
}

function runningResult(reward: RewardRow): RewardResult {
  return {
    id: String(reward.id),
    status: 'running',
    dryRun: false,
    players: reward.players,
    gold: reward.gold,
    totalGold: reward.totalGold,
    sample: [],
    transactionId: null,
    gameLogId: null,
  };
}

function reached(body: RewardBody): Where<typeof players> {
  return { level: { gte: body.minLevel ?? 1, lte: body.maxLevel ?? MAX_LEVEL }, deletedAt: null };
}

function total(count: number, gold: number): number {
  const sum = BigInt(count) * BigInt(gold);
  if (sum > BigInt(MAX_SAFE_AMOUNT)) {
    throw new DomainError('balance_limit', `${count} times ${gold} gold is more than can be booked exactly`);
  }
  return Number(sum);
}
