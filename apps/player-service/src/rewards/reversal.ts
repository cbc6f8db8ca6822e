import { UniqueViolation, type Session, type Transaction } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import { toTimestamp } from '../domain/timestamp.ts';
import { rewards, type RewardRow } from '../storage/entities.ts';
import { shownGift } from './gift.ts';
import type { RewardView } from './reward-schemas.ts';

/**
 * Begins to take a reward back: a reward of its own, whose bookings undo those of the first as far as the
 * players still have the gold.
 *
 * @throws DomainError `reward_not_found`, `reward_not_reversible`.
 */
export async function beginReversal(
  tx: Transaction,
  id: number,
  description: string | undefined,
): Promise<RewardRow> {
  const original = await tx.repository(rewards).findById(id);
  if (original === undefined) throw new DomainError('reward_not_found', `There is no reward ${id}`);
  if (original.reversalOf !== null) throw notReversible(`Reward ${id} is itself a reversal`);
  if (original.status !== 'done') throw notReversible(`Reward ${id} is still being given`);
  try {
    return await tx.repository(rewards).insert({
      reason: original.reason,
      currency: original.currency,
      reference: original.reference,
      description: description ?? null,
      gold: -original.gold,
      minLevel: original.minLevel,
      maxLevel: original.maxLevel,
      conditions: original.conditions,
      upTo: original.upTo,
      reversalOf: id,
    });
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    throw notReversible(`Reward ${id} was taken back already`, error);
  }
}

/** The reward of an id given as text; ids beyond 2^53 were never given out. @throws DomainError `reward_not_found`. */
export async function getReward(session: Session, idText: string): Promise<RewardRow> {
  const row = await session.repository(rewards).findById(parseRewardId(idText));
  if (row === undefined) throw new DomainError('reward_not_found', `There is no reward ${idText}`);
  return row;
}

/** @throws DomainError `reward_not_found`. */
export function parseRewardId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id)) throw new DomainError('reward_not_found', `There is no reward ${text}`);
  return id;
}

/** A reward as the API shows it. */
export function toRewardView(row: RewardRow): RewardView {
  return {
    id: String(row.id),
    status: row.status,
    reason: row.reason,
    reference: row.reference,
    description: row.description,
    ...shownGift(row.currency, row.gold, row.totalGold),
    minLevel: row.minLevel,
    maxLevel: row.maxLevel,
    conditions: [...row.conditions],
    players: row.players,
    refused: row.refused,
    reversalOf: row.reversalOf === null ? null : String(row.reversalOf),
    createdAt: toTimestamp(row.createdAt),
    finishedAt: row.finishedAt === null ? null : toTimestamp(row.finishedAt),
  };
}

function notReversible(message: string, cause?: unknown): DomainError {
  return new DomainError('reward_not_reversible', message, { cause });
}
