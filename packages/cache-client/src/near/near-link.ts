import type { Clock, Timer } from '@hanok/service-kit';
import type { CacheStore } from '../store/cache-store.ts';
import type { SignalSubscription } from '../store/signals.ts';
import {
  acknowledgementsKey,
  acknowledgementText,
  holdersKey,
  parseAnnouncement,
  type Announcement,
} from './announcement.ts';
import { reportOperation } from './near-operations.ts';

/** How long a near cache may trust itself after a report; announcers wait as long for one that is silent. */
export const nearLeaseMs = 500;
/** What is left of it for the holder, whose clock may run slower than an announcer's. */
const usableLeaseMs = nearLeaseMs * 0.9;
const reportEveryMs = 150;

/** What a near cache has to do for its link. */
export interface NearHolder {
  readonly name: string;
  /** Drops a key, or all that match a pattern. */
  drop(pattern: string): void;
  /** Drops everything that came over this link. */
  clear(): void;
}

/** How far the announcements of a table have come. Numbers of different tables have nothing to do with each other. */
interface Place {
  readonly table: number;
  readonly sequence: number;
}

const nowhere: Place = { table: 0, sequence: 0 };

function isBefore(place: Place, other: Place): boolean {
  return place.table !== other.table || place.sequence < other.sequence;
}

/**
 * One near cache's tie to one part of the store. It hears what is invalidated, says when it is gone, and keeps a
 * lease that ends by itself when it does not.
 *
 * Why nothing stale is ever served: a holder may answer reads that began before `validUntilMs`, which it moves on only
 * with a report that found it up to date, counted from before that was sent. An announcer waits for every holder in
 * the table to acknowledge the announcement, or for a whole lease; then the lease of whoever was silent is over.
 * Messages may be lost, late or repeated: they only decide how fast it goes.
 */
export class NearLink {
  readonly #part: CacheStore;
  readonly #holder: NearHolder;
  readonly #clock: Clock;
  readonly #announcements: SignalSubscription;
  /** Announcers, and how far everything that each of them announced is gone. */
  readonly #toAnswer = new Map<string, Place>();
  #timer: Timer | undefined;
  #validUntilMs = -Infinity;
  /** The newest announcement acted on; undefined before the first report. */
  #seen: Place | undefined;
  /** An announcement that is known to be there and did not arrive yet. */
  #missing: Place | undefined;
  #reporting = false;
  #reportAgain = false;
  #isUsed = false;
  #closed = false;

  constructor(part: CacheStore, holder: NearHolder, clock: Clock) {
    this.#part = part;
    this.#holder = holder;
    this.#clock = clock;
    this.#announcements = part.subscribe(holdersKey, (payload) => this.#hear(payload));
    this.#report();
  }

  /** Whether what came over this link may be served to a read that began at that moment of the monotonic clock. */
  serves(begunAtMs: number): boolean {
    this.use();
    return begunAtMs < this.#validUntilMs;
  }

  /** Keeps the lease for a while longer. Without this it runs out, so that an idle process costs nothing. */
  use(): void {
    this.#isUsed = true;
    if (this.#timer === undefined) this.#wake();
  }

  /** From now on nothing is served; announcers find out when the lease is over. */
  close(): void {
    this.#closed = true;
    this.#validUntilMs = -Infinity;
    this.#timer?.cancel();
    this.#announcements.close();
  }

  #wake(): void {
    if (this.#closed) return;
    this.#reportLater();
    this.#report();
  }

  #hear(payload: string | undefined): void {
    const announcement = payload === undefined ? undefined : parseAnnouncement(payload);
    if (announcement !== undefined && this.#seen !== undefined) {
      this.#obey(announcement, this.#seen);
      return;
    }
    if (payload !== undefined) this.#holder.clear();
    this.#report();
  }

  #obey({ table, sequence, announcer, pattern }: Announcement, seen: Place): void {
    const place = { table, sequence };
    if (table !== seen.table || sequence > seen.sequence + 1) this.#holder.clear();
    else this.#holder.drop(pattern);
    if (isBefore(seen, place)) this.#seen = place;
    this.#answerLater(announcer, place);
    // The table is told with the next report, unless it may be another one, or a report waits for this to arrive.
    const isNext = table === seen.table && sequence === seen.sequence + 1;
    if (!isNext || (this.#missing !== undefined && !this.#misses())) this.#report();
  }

  /** Announcers that are heard of in one turn are answered at its end, each once. */
  #answerLater(announcer: string, place: Place): void {
    if (this.#toAnswer.size === 0) queueMicrotask(() => this.#answer());
    const answer = this.#toAnswer.get(announcer);
    if (answer === undefined || isBefore(answer, place)) this.#toAnswer.set(announcer, place);
  }

  #answer(): void {
    const holder = this.#holder.name;
    for (const [announcer, place] of this.#toAnswer)
      this.#part.tell(acknowledgementsKey(announcer), acknowledgementText({ ...place, holder }));
    this.#toAnswer.clear();
  }

  #misses(): boolean {
    const [seen, missing] = [this.#seen, this.#missing];
    return seen !== undefined && seen.table === missing?.table && seen.sequence < missing.sequence;
  }

  #reportLater(): void {
    this.#timer = this.#clock.setTimer(reportEveryMs, () => {
      this.#timer = undefined;
      if (this.#closed || (!this.#isUsed && !this.#misses())) return;
      this.#isUsed = false;
      this.#reportLater();
      if (this.#misses()) {
        // It was published before the last report, and did not come: it is lost, and perhaps others are.
        this.#holder.clear();
        this.#seen = this.#missing;
      }
      this.#report();
    });
  }

  /** One report at a time; what happens meanwhile goes with the next. */
  #report(): void {
    this.#reportAgain = true;
    if (!this.#reporting && !this.#closed) void this.#reportUntilDone();
  }

  async #reportUntilDone(): Promise<void> {
    this.#reporting = true;
    // What the same event brought is reported at once.
    await Promise.resolve();
    try {
      while (this.#reportAgain && !this.#closed) {
        this.#reportAgain = false;
        await this.#reportOnce();
      }
    } catch {
      // The store is away: the lease runs out, and the next report tells how things are.
    }
    this.#reporting = false;
  }

  async #reportOnce(): Promise<void> {
    const said = this.#seen ?? nowhere;
    const sentAtMs = this.#clock.monotonicMs();
    const { isNew, ...newest } = await this.#part.run(
      reportOperation,
      [holdersKey],
      [this.#holder.name, said.sequence, said.table],
    );
    if (this.#closed) return;
    if (isNew) {
      this.#holder.clear();
      if (isBefore(this.#seen ?? nowhere, newest)) this.#seen = newest;
      this.#reportAgain = true;
    } else if (newest.sequence === said.sequence) {
      this.#validUntilMs = sentAtMs + usableLeaseMs;
      this.#missing = undefined;
    } else {
      // Something is on its way; when it has arrived, that is reported in turn.
      this.#missing = newest;
      if (!this.#misses()) this.#reportAgain = true;
      else if (this.#timer === undefined) this.#reportLater();
    }
  }
}
