import type { Session, Transaction } from '@hanok/repository';
import { DomainError, invalidValue } from '../domain/errors.ts';
import { MAX_LEVEL, MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import { GOLD, type Currencies } from '../ledger/currencies.ts';
import { openBooking } from '../ledger/ledger.ts';
import { gameLog, players, rewards, type RewardRow } from '../storage/entities.ts';
import { addGiftEntries, settle } from './booking.ts';
import { parseGift, shownGift, type Gift } from './gift.ts';
import type { ChangeEvent } from '../webhooks/event-types.ts';
import { countReached, judge, sampleReached, type Reach } from './reach.ts';
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
export async function previewReward(
  session: Session,
  body: RewardBody,
  currencies: Currencies,
): Promise<RewardResult> {
  const { rules, amount } = parseGift(body, currencies);
  const reach = reachOf(body);
  const count = await countReached(session, reach);
  const sample = await sampleReached(session, reach, SAMPLE_SIZE);
  return {
    id: null,
    status: null,
    dryRun: true,
    players: count,
    ...shownGift(rules.name, amount, total(count, amount, rules.name)),
    sample: sample.map(String),
    transactionId: null,
    gameLogId: null,
  };
}

/**
 * Gives a reward: to all of a small number in this transaction, or to nobody; a large one is left to the chunks
 * of `Campaigns`, and its row is the promise that all will be reached.
 *
 * @throws DomainError `balance_limit` when one player of a small number could not hold it.
 */
export async function beginReward(tx: Transaction, body: RewardBody, currencies: Currencies): Promise<Begun> {
  const gift = parseGift(body, currencies);
  const reach = reachOf(body);
  const isLarge = (await countReached(tx, reach, MAX_AT_ONCE + 1)) > MAX_AT_ONCE;
  // Only a sum that the largest id makes possible is worth counting all players for.
  const last = await tx.repository(players).findOne({}, [['id', 'desc']]);
  const upTo = last?.id ?? 0;
  if (!isExact(upTo, gift.amount)) total(await countReached(tx, reach), gift.amount, gift.rules.name);
  const reward = await tx.repository(rewards).insert({
    reason: body.reason,
    reference: body.reference ?? null,
    description: body.description ?? null,
    currency: gift.rules.name,
    gold: gift.amount,
    ...reach,
    upTo,
  });
  if (isLarge) return { result: runningResult(reward), touched: [], events: [] };
  return giveAtOnce(tx, reward, gift);
}

async function giveAtOnce(tx: Transaction, reward: RewardRow, gift: Gift): Promise<Begun> {
  const reached = await judge(tx, reward, { after: 0, upTo: reward.upTo }, MAX_AT_ONCE + 1);
  // More players fit than a moment ago.
  if (reached.length > MAX_AT_ONCE) return { result: runningResult(reward), touched: [], events: [] };
  const transactionId = await openBooking(tx, reward, reward.id);
  await addGiftEntries(tx, transactionId, gift, reached);
  const { players: paid, totalGold } = await settle(tx, transactionId, gift.rules.name);
  if (paid < reached.length) {
    const { name } = gift.rules;
    throw new DomainError(
      'balance_limit',
      `One of these players cannot hold so much ${name}; nobody got any`,
    );
  }
  const done = { ...reward, players: paid, totalGold };
  const { gameLogId, events } = await finishReward(tx, done);
  const result = {
    ...runningResult(done),
    status: 'done' as const,
    sample: reached.slice(0, SAMPLE_SIZE).map(String),
    transactionId: String(transactionId),
    gameLogId: String(gameLogId),
  };
  if (reward.currency !== GOLD) return { result, touched: [], events };
  return { result, touched: reached.length > MAX_LISTED ? 'everyone' : reached, events };
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
    ...shownGift(reward.currency, reward.gold, reward.totalGold),
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
    ...shownGift(reward.currency, reward.gold, reward.totalGold),
    sample: [],
    transactionId: null,
    gameLogId: null,
  };
}

function reachOf({ minLevel = 1, maxLevel = MAX_LEVEL, conditions = [] }: RewardBody): Reach {
  return { minLevel, maxLevel, conditions };
}

function isExact(count: number, amount: number): boolean {
  return BigInt(count) * BigInt(amount) <= BigInt(MAX_SAFE_AMOUNT);
}

function total(count: number, amount: number, currency: string): number {
  if (isExact(count, amount)) return count * amount;
  throw new DomainError(
    'balance_limit',
    `${count} times ${amount} ${currency} is more than can be booked exactly`,
  );
}
