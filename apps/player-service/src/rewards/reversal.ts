import { UniqueViolation, type Transaction } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import { toTimestamp } from '../players/player-row.ts';
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
      upTo: original.upTo,
      reversalOf: id,
    });
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    throw notReversible(`Reward ${id} was taken back already`, error);
  }
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
