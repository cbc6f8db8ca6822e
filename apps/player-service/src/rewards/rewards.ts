import type { Database, Transaction } from '@hanok/repository';
import { DomainError, invalidValue } from '../domain/errors.ts';
import { MAX_LEVEL, MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import { GOLD, type Currencies } from '../ledger/currencies.ts';
import { openBooking } from '../ledger/ledger.ts';
import { gameLog, rewards, type RewardRow } from '../storage/entities.ts';
import { addGiftEntries, settle } from './booking.ts';
import { parseGift, shownGift, type Gift } from './gift.ts';
import type { ChangeEvent } from '../webhooks/event-types.ts';
import { isQuicklyJudged, judgeAll, lastPlayerId, surveyReached, type Reach } from './reach.ts';
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
  database: Database,
  body: RewardBody,
  currencies: Currencies,
): Promise<RewardResult> {
  const { rules, amount } = parseGift(body, currencies);
  const { players, sample } = await surveyReached(database, reachOf(body), SAMPLE_SIZE);
  return {
    id: null,
    status: null,
    dryRun: true,
    players,
    ...shownGift(rules.name, amount, total(players, amount, rules.name)),
    sample: sample.map(String),
    transactionId: null,
    gameLogId: null,
  };
}

/**
 * At most how many players a reward can reach, as far as its sum depends on it: counting them takes long, so it is done
 * before the transaction, and only where every player ever registered would be too many.
 */
export async function mostReached(
  database: Database,
  body: RewardBody,
  currencies: Currencies,
): Promise<number> {
  const last = await lastPlayerId(database);
  if (isExact(last, parseGift(body, currencies).amount)) return last;
  return (await surveyReached(database, reachOf(body), 0)).players;
}

/**
 * Gives a reward: to all of a small number in this transaction, or to nobody; a large one, and one whose players take
 * long to find, is left to the chunks of `Campaigns`, and its row is the promise that all will be reached.
 *
 * @param most of `mostReached`
 * @throws DomainError `balance_limit` when the sum is not exact, or one player of a small number could not hold it.
 */
export async function beginReward(
  tx: Transaction,
  body: RewardBody,
  currencies: Currencies,
  most: number,
): Promise<Begun> {
  const gift = parseGift(body, currencies);
  const reach = reachOf(body);
  total(most, gift.amount, gift.rules.name);
  const upTo = await lastPlayerId(tx);
  const isSmall = await isQuicklyJudged(tx, reach, upTo, MAX_AT_ONCE);
  const reward = await tx.repository(rewards).insert({
    reason: body.reason,
    reference: body.reference ?? null,
    description: body.description ?? null,
    currency: gift.rules.name,
    gold: gift.amount,
    ...reach,
    upTo,
  });
  if (!isSmall) return { result: runningResult(reward), touched: [], events: [] };
  return giveAtOnce(tx, reward, gift);
}

async function giveAtOnce(tx: Transaction, reward: RewardRow, gift: Gift): Promise<Begun> {
  const reached = await judgeAll(tx, reward, reward.upTo, MAX_AT_ONCE + 1);
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
