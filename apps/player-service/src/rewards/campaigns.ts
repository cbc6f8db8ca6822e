import type { Database, Transaction } from '@hanok/repository';
import type { Clock, Logger } from '@hanok/service-kit';
import type { PlayerCopies } from '../cache/player-copies.ts';
import { rulesOf, type Currencies, type CurrencyRules } from '../ledger/currencies.ts';
import { openBooking } from '../ledger/ledger.ts';
import { ledgerEntries, ledgerTransactions, rewards, type RewardRow } from '../storage/entities.ts';
import { addGiftEntries, addReturnEntries, settle, type Booked } from './booking.ts';
import type { ChangeRecorder } from '../writes/writes.ts';
import { judge } from './reach.ts';
import { finishReward } from './rewards.ts';

export interface CampaignsOptions {
  readonly database: Database;
  readonly copies: Pick<PlayerCopies, 'drop'>;
  readonly events: ChangeRecorder;
  readonly currencies: Currencies;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Players reached by one transaction. Default 1,000: long enough to be quick, short enough for others. */
  readonly chunkPlayers?: number;
}

/** A process that stops working on a reward (say, because it was killed) is replaced after this time. */
const LEASE_MS = 10_000;
/** Ids looked at by one transaction for each player it may reach, so that a rare condition does not make it long. */
const LOOKED_AT_FOR_EACH = 20;
/** Emptying the cache costs the more the fuller it is, so a running reward does it only so often. */
const DROP_INTERVAL_MS = 1_000;

/**
 * Gives large rewards, chunk by chunk. Every chunk is one transaction that pays its players and moves the
 * reward's progress, so after a crash whoever goes on knows exactly who was paid: nobody twice, nobody never.
 * Each player is judged once, by what it is in the transaction that would pay it: what changes before that counts,
 * what changes after it does not.
 *
 * One process at a time works on a reward (a lease in its row keeps others from waiting in vain; the progress
 * itself is what makes it correct).
 */
export class Campaigns {
  readonly #options: CampaignsOptions;
  readonly #chunkPlayers: number;
  #stopping = false;
  #work: Promise<void> | undefined;

  constructor(options: CampaignsOptions) {
    this.#options = options;
    this.#chunkPlayers = options.chunkPlayers ?? 1_000;
  }

  /** Works on whatever is left to do, unless this process already does. Resolves when there is nothing left. */
  async run(): Promise<void> {
    if (this.#stopping) return;
    this.#work ??= this.#workAll().finally(() => {
      this.#work = undefined;
    });
    await this.#work;
  }

  /** The same without waiting. What fails is logged and tried again in the next round of housekeeping. */
  runInBackground(): void {
    this.run().catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, 'a reward had to pause; it goes on later');
    });
  }

  /** Ends after the chunk under way; another process goes on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#work?.catch(() => undefined);
  }

  async #workAll(): Promise<void> {
    for (;;) {
      const id = await this.#lease();
      if (id === undefined) return;
      await this.#workOn(id);
      if (this.#stopping) return;
    }
  }

  /** Takes the oldest running reward that nobody works on. */
  async #lease(): Promise<number | undefined> {
    const { database, clock } = this.#options;
    const now = clock.now();
    const free = { status: 'running' as const, or: [{ workedUntil: null }, { workedUntil: { lte: now } }] };
    const found = await database.repository(rewards).findOne(free);
    if (found === undefined) return undefined;
    const taken = await database
      .repository(rewards)
      .updateWhere({ id: found.id, ...free }, { workedUntil: now + LEASE_MS });
    return taken === 1 ? found.id : undefined;
  }

  async #workOn(id: number): Promise<void> {
    const { database, copies, events, clock, logger } = this.#options;
    let droppedAtMs = clock.monotonicMs();
    for (;;) {
      const more = await database.transaction((tx) => this.#chunk(tx, id), { isolation: 'read-committed' });
      if (!more || this.#stopping || clock.monotonicMs() - droppedAtMs >= DROP_INTERVAL_MS) {
        await copies.drop('everyone');
        droppedAtMs = clock.monotonicMs();
      }
      if (!more || this.#stopping) break;
    }
    if (this.#stopping) await database.repository(rewards).update(id, { workedUntil: null });
    // Only now may anybody be told that it is done: no cached copy is older than it.
    else await database.transaction((tx) => finish(tx, id, events), { isolation: 'read-committed' });
    logger.info({ rewardId: id }, this.#stopping ? 'left a reward to the next process' : 'gave a reward');
  }

  /** @returns whether there may be more. */
  async #chunk(tx: Transaction, id: number): Promise<boolean> {
    const reward = await lockReward(tx, id);
    if (reward.status === 'done') return false;
    const step =
      reward.reversalOf === null
        ? await this.#give(tx, reward)
        : await takeBack(tx, reward, rulesOf(this.#options.currencies, reward.currency));
    if (step === undefined) return false;
    await tx.repository(rewards).update(id, {
      progress: step.progress,
      players: reward.players + step.players,
      refused: reward.refused + step.expected - step.players,
      totalGold: reward.totalGold + step.totalGold,
      workedUntil: this.#options.clock.now() + LEASE_MS,
    });
    return true;
  }

  /** Judges and pays the next players. A bounded number is looked at, however few of them are reached. */
  async #give(tx: Transaction, reward: RewardRow): Promise<Step | undefined> {
    const { id, progress: after } = reward;
    if (after >= reward.upTo) return undefined;
    const end = Math.min(reward.upTo, after + this.#chunkPlayers * LOOKED_AT_FOR_EACH);
    const reached = await judge(tx, reward, { after, upTo: end }, this.#chunkPlayers);
    const progress = reached.length < this.#chunkPlayers ? end : (reached.at(-1) ?? end);
    if (reached.length === 0) return { players: 0, totalGold: 0, expected: 0, progress };
    const gift = { rules: rulesOf(this.#options.currencies, reward.currency), amount: reward.gold };
    const transactionId = await openBooking(tx, reward, id);
    await addGiftEntries(tx, transactionId, gift, reached);
    const booked = await settle(tx, transactionId, reward.currency);
    return { ...booked, expected: reached.length, progress };
  }
}

interface Step extends Booked {
  readonly expected: number;
  readonly progress: number;
}

/** Takes back one booking of the reward that this one reverses. */
async function takeBack(tx: Transaction, reward: RewardRow, rules: CurrencyRules): Promise<Step | undefined> {
  const earlier = await tx
    .repository(ledgerTransactions)
    .findOne({ rewardId: reward.reversalOf, id: { gt: reward.progress } });
  if (earlier === undefined) return undefined;
  const expected = await tx
    .repository(ledgerEntries)
    .count({ transactionId: earlier.id, playerId: { isNull: false } });
  const transactionId = await openBooking(tx, reward, reward.id);
  await addReturnEntries(tx, transactionId, earlier.id, rules);
  const booked = await settle(tx, transactionId, reward.currency);
  return { ...booked, expected, progress: earlier.id };
}

async function finish(tx: Transaction, id: number, recorder: ChangeRecorder): Promise<void> {
  const reward = await lockReward(tx, id);
  if (reward.status === 'done') return;
  const { events } = await finishReward(tx, reward);
  await recorder.record(tx, events);
}

async function lockReward(tx: Transaction, id: number): Promise<RewardRow> {
  if (tx.dialect === 'postgres') await tx.sql`SELECT 1 FROM rewards WHERE id = ${id} FOR UPDATE`;
  return tx.repository(rewards).getById(id);
}
