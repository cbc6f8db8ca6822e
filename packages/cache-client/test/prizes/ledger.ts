import type { Rng } from '@hanok/service-kit';
import { PrizesRejectedError, type PrizeBatch, type PrizeOutcome, type PrizePayer } from '../../src/index.ts';

/**
 * Stands in for player-service: pays a batch once under its key, forgets keys after a while, keeps books, and loses
 * requests and answers on the way.
 */
export class Ledger implements PrizePayer {
  readonly entries: { readonly playerId: string; readonly amount: number; readonly reference: string }[] = [];
  readonly deleted = new Set<string>();
  readonly #answers = new Map<string, PrizeOutcome>();
  readonly #rng: Rng;
  readonly #lossRate: number;
  isAway = false;
  takesCurrency = true;
  lookUps = 0;

  constructor(rng: Rng, lossRate = 0) {
    this.#rng = rng;
    this.#lossRate = lossRate;
  }

  get amounts(): Record<string, number> {
    return Object.fromEntries(this.entries.map(({ playerId, amount }) => [playerId, amount]));
  }

  /** Answers keys as if they had never been sent. */
  forgetKeys(): void {
    this.#answers.clear();
  }

  async pay(batch: PrizeBatch): Promise<PrizeOutcome> {
    this.#mayBeLost('the request');
    if (!this.takesCurrency) throw new PrizesRejectedError(`no ${batch.currency} here`);
    const answer = this.#answers.get(batch.idempotencyKey) ?? this.#book(batch);
    this.#answers.set(batch.idempotencyKey, answer);
    await Promise.resolve();
    this.#mayBeLost('the answer');
    return answer;
  }

  async outcomeOf({ playerIds, reference }: PrizeBatch): Promise<PrizeOutcome | undefined> {
    this.#mayBeLost('a look into the books');
    this.lookUps += 1;
    const paid = playerIds.filter((id) =>
      this.entries.some((entry) => entry.playerId === id && entry.reference === reference),
    ).length;
    return paid === 0 ? undefined : { paid, refused: playerIds.length - paid };
  }

  #book({ playerIds, amount, reference }: PrizeBatch): PrizeOutcome {
    const there = playerIds.filter((playerId) => !this.deleted.has(playerId));
    for (const playerId of there) this.entries.push({ playerId, amount, reference });
    return { paid: there.length, refused: playerIds.length - there.length };
  }

  #mayBeLost(what: string): void {
    if (this.isAway || this.#rng.next() < this.#lossRate) throw new Error(`${what} was lost`);
  }
}
