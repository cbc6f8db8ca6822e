import type { Clock, Timer } from '@hanok/service-kit';
import type { CacheStore } from '../store/cache-store.ts';
import { signalOperation } from '../store/signal-operation.ts';
import type { SignalSubscription } from '../store/signals.ts';
import {
  acknowledgementsKey,
  announcementText,
  holdersKey,
  parseAcknowledgement,
  type Acknowledgement,
} from './announcement.ts';
import { nearLeaseMs } from './near-link.ts';
import { announceOperation, strikeOutOperation } from './near-operations.ts';

/** How one near cache took an announcement. */
export interface NearOutcome {
  /** Its name: that of its process, and something of its own. */
  readonly holder: string;
  /** `lapsed`: it said nothing, and its lease is over, so that it serves nothing until it has begun anew. */
  readonly outcome: 'acknowledged' | 'lapsed';
}

/** An announcement that somebody has not acknowledged yet. */
interface Outstanding {
  readonly table: number;
  readonly sequence: number;
  readonly pattern: string;
  readonly silent: Set<string>;
  readonly settle: () => void;
}

/** Names of near caches remembered with what they acknowledged; more begin the list anew, which costs a question. */
const maxRemembered = 1_000;

/** Tells the near caches of one part of the store what is invalidated, and waits until it is gone from all. */
export class Announcer {
  readonly #part: CacheStore;
  readonly #name: string;
  readonly #clock: Clock;
  /** The last word of each holder. */
  readonly #acknowledged = new Map<string, Acknowledgement>();
  readonly #outstanding = new Set<Outstanding>();
  /** How often acknowledgements may have been missed. */
  #interruptions = 0;
  #acknowledgements: SignalSubscription | undefined;

  constructor(part: CacheStore, name: string, clock: Clock) {
    this.#part = part;
    this.#name = name;
    this.#clock = clock;
  }

  /**
   * Resolves when no near cache serves the key, or keys that match the pattern, as it was before: all have said
   * so, or the lease of those who have not is over (after 0.5 s; then they are no longer waited for). Tells which.
   *
   * @throws CacheError when the part is away: then nobody may have been told.
   */
  async announce(pattern: string): Promise<readonly NearOutcome[]> {
    this.#acknowledgements ??= this.#part.subscribe(acknowledgementsKey(this.#name), (payload) => {
      this.#hear(payload);
    });
    const interruptions = this.#interruptions;
    const { table, sequence, graceMs, holders } = await this.#part.run(
      announceOperation,
      [holdersKey],
      [this.#name, pattern, nearLeaseMs],
    );
    const silent = new Set(holders.filter((holder) => !this.#hasAcknowledged(holder, table, sequence)));
    const announced = { table, sequence, pattern, silent };
    if (silent.size > 0 && interruptions !== this.#interruptions) this.#repeat(announced);
    await Promise.all([
      this.#untilAllSaidSo(announced),
      graceMs === 0 ? undefined : this.#clock.sleep(graceMs),
    ]);
    return holders.map((holder) => ({ holder, outcome: silent.has(holder) ? 'lapsed' : 'acknowledged' }));
  }

  /** What is still waited for resolves when the leases are over. */
  close(): void {
    this.#acknowledgements?.close();
  }

  #hasAcknowledged(holder: string, table: number, sequence: number): boolean {
    const last = this.#acknowledged.get(holder);
    return last !== undefined && last.table === table && last.sequence >= sequence;
  }

  #untilAllSaidSo(announced: Omit<Outstanding, 'settle'>): Promise<void> | undefined {
    const { table, sequence, silent } = announced;
    if (silent.size === 0) return undefined;
    return new Promise((resolve) => {
      const leaseOver: Timer = this.#clock.setTimer(nearLeaseMs, () => {
        this.#outstanding.delete(outstanding);
        // Nobody waits for this: whoever stays in the table is waited for once more.
        this.#part.run(strikeOutOperation, [holdersKey], [sequence, table, ...silent]).catch(() => undefined);
        resolve();
      });
      const outstanding: Outstanding = {
        ...announced,
        settle: () => {
          leaseOver.cancel();
          this.#outstanding.delete(outstanding);
          resolve();
        },
      };
      this.#outstanding.add(outstanding);
    });
  }

  #hear(payload: string | undefined): void {
    const acknowledgement = payload === undefined ? undefined : parseAcknowledgement(payload);
    if (acknowledgement === undefined) {
      this.#interruptions += 1;
      // What holders said of a table that may be lost by now does not count for the next.
      this.#acknowledged.clear();
      for (const each of this.#outstanding) this.#repeat(each);
      return;
    }
    const { table, sequence, holder } = acknowledgement;
    if (this.#acknowledged.size >= maxRemembered) this.#acknowledged.clear();
    this.#acknowledged.set(holder, acknowledgement);
    for (const each of this.#outstanding) {
      if (each.table !== table) continue;
      // Those of a table are in the order they were made.
      if (each.sequence > sequence) break;
      if (each.silent.delete(holder) && each.silent.size === 0) each.settle();
    }
  }

  /** Every near cache acknowledges once more. When the part is away, their leases run out. */
  #repeat({ table, sequence, pattern }: Omit<Outstanding, 'settle'>): void {
    const announcement = announcementText({ table, sequence, announcer: this.#name, pattern });
    this.#part.run(signalOperation, [holdersKey], [announcement]).catch(() => undefined);
  }
}
