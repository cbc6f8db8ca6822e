import { createHash } from 'node:crypto';
import type { CacheStore } from '@hanok/cache-client';
import type { Clock } from '@hanok/service-kit';
import { DomainError } from '../domain/errors.ts';

export interface AttemptLimitOptions {
  readonly store: CacheStore;
  readonly clock: Clock;
  /** What is limited: `account`, `address`. Part of the key in the cache. */
  readonly subject: string;
  /** Attempts in one window that may fail; 0 turns the limit off. */
  readonly maxFailures: number;
  /** Length of a window. */
  readonly windowMs: number;
}

/**
 * Bounds failed log-ins by whatever names the subject, over all processes. An attempt is counted before the
 * credentials are looked at, and forgiven when they were right: so a thousand guesses sent at once are no more
 * guesses than those sent one by one. Names nobody has are counted like any other, and tell nothing.
 */
export class AttemptLimit {
  readonly #options: AttemptLimitOptions;

  constructor(options: AttemptLimitOptions) {
    this.#options = options;
  }

  /**
   * Counts an attempt.
   *
   * @throws DomainError `too_many_failures` when the subject had too many in this window; CacheError.
   */
  async attempt(name: string): Promise<void> {
    const { store, maxFailures, windowMs } = this.#options;
    if (maxFailures === 0) return;
    const { key, leftMs } = this.#window(name);
    const attempts = await store.incrementBy(key, 1, { ttlMs: windowMs });
    if (attempts <= maxFailures) return;
    throw new DomainError('too_many_failures', 'Too many failed log-ins; wait before you try again', {
      retryAfterSeconds: Math.ceil(leftMs / 1_000),
    });
  }

  /** Takes back an attempt that turned out right; with `all`, the failures before it too. */
  async forgive(name: string, { all }: { readonly all: boolean }): Promise<void> {
    const { store, maxFailures } = this.#options;
    if (maxFailures === 0) return;
    const { key } = this.#window(name);
    if (all) await store.delete(key);
    else await store.incrementBy(key, -1, { ttlMs: this.#options.windowMs });
  }

  /** Hashed, because names may be long, and addresses are nobody's business in the cache. */
  #window(name: string): { key: string; leftMs: number } {
    const { clock, subject, windowMs } = this.#options;
    const number = Math.floor(clock.now() / windowMs);
    const hash = createHash('sha256').update(name).digest('base64url').slice(0, 22);
    return { key: `attempts:${subject}:${hash}:${number}`, leftMs: (number + 1) * windowMs - clock.now() };
  }
}
