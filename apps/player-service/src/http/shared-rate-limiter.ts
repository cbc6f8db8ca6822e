import { createHash } from 'node:crypto';
import type { CacheStore } from '@hanok/cache-client';
import type { Clock, Logger } from '@hanok/service-kit';
import { RATE_WINDOW_MS, RateLimiter, type Limiter, type Verdict } from './rate-limiter.ts';
import { RecentCallers } from './recent-callers.ts';

export interface SharedRateLimiterOptions {
  /** Requests of one caller in a minute of the clock, over all processes. */
  readonly quota: number;
  /** What is limited: `player`, `key`, `address`. Part of the key in the cache. */
  readonly name: string;
  /** Where all processes count. */
  readonly store: Pick<CacheStore, 'incrementBy'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A process takes so large a part of the quota at a time. */
const LEASE_SHARE = 0.05;
/** The next part is fetched when less than this is left of one. */
const FETCH_AT = 0.25;

/** What a process holds of a caller's quota in one window. */
interface Lease {
  readonly window: number;
  /** Requests that may be let through without asking. */
  left: number;
  /** What all processes had taken when this one last asked. */
  taken: number;
  isSpent: boolean;
  /** The cache is away: until the next window this process counts for itself. */
  isAlone: boolean;
  asking: Promise<void> | undefined;
}

/**
 * Limits callers over all processes that share a cache: no more than the quota in each minute of the clock, however
 * the requests are spread. Each process takes a twentieth of the quota at a time from a counter in the cache and
 * spends it by itself, so that most requests ask nobody. What is given out never exceeds the quota; what a process
 * has taken and not spent is lost to the others, so that with n processes a caller may be refused up to
 * (n - 1) / 20 of its quota early. While the cache is away, each process counts for itself.
 */
export class SharedRateLimiter implements Limiter {
  readonly #options: SharedRateLimiterOptions;
  readonly #batch: number;
  readonly #alone: RateLimiter;
  readonly #leases = new RecentCallers<Lease>();

  constructor(options: SharedRateLimiterOptions) {
    this.#options = options;
    this.#batch = Math.max(1, Math.floor(options.quota * LEASE_SHARE));
    this.#alone = new RateLimiter(options.quota, options.clock);
  }

  /** Counts a request of this caller; only when nothing is left of what was taken is there something to wait for. */
  take(caller: string): Verdict | Promise<Verdict> {
    const lease = this.#leaseOf(caller);
    if (lease.left > 0) {
      lease.left -= 1;
      if (lease.left < this.#batch * FETCH_AT && this.#batch > 1) void this.#ask(caller, lease);
      return this.#verdict(lease, true);
    }
    if (lease.isAlone) return this.#alone.take(caller);
    if (lease.isSpent) return this.#verdict(lease, false);
    return this.#ask(caller, lease).then(() => this.take(caller));
  }

  #leaseOf(caller: string): Lease {
    const window = Math.floor(this.#options.clock.now() / RATE_WINDOW_MS);
    const known = this.#leases.get(caller);
    if (known?.window === window) return known;
    const fresh = { window, left: 0, taken: 0, isSpent: false, isAlone: false, asking: undefined };
    this.#leases.set(caller, fresh);
    return fresh;
  }

  /** Takes the next part of the quota; of many who ask at once, one does. Never rejects. */
  async #ask(caller: string, lease: Lease): Promise<void> {
    if (lease.isSpent || lease.isAlone) return;
    lease.asking ??= this.#extend(caller, lease).finally(() => {
      lease.asking = undefined;
    });
    await lease.asking;
  }

  async #extend(caller: string, lease: Lease): Promise<void> {
    const { quota, name, store, logger } = this.#options;
    // Hashed, because addresses are nobody's business in the cache.
    const who = createHash('sha256').update(caller).digest('base64url').slice(0, 22);
    try {
      const ttlMs = 2 * RATE_WINDOW_MS;
      const sum = await store.incrementBy(`rate:${name}:${who}:${lease.window}`, this.#batch, { ttlMs });
      const granted = Math.max(0, Math.min(this.#batch, quota - (sum - this.#batch)));
      lease.left += granted;
      lease.taken = Math.min(sum, quota);
      lease.isSpent = granted < this.#batch;
    } catch (error) {
      logger.warn({ err: error }, 'the cache does not count requests; this process does by itself');
      lease.isAlone = true;
    }
  }

  #verdict({ window, left, taken }: Lease, allowed: boolean): Verdict {
    const resetMs = (window + 1) * RATE_WINDOW_MS - this.#options.clock.now();
    return { allowed, remaining: allowed ? this.#options.quota - taken + left : 0, resetMs };
  }
}
