import { CacheError } from '../../src/index.ts';

/** What became of calls that were repeated. */
export interface Retries {
  /** Attempts that failed, all of them with errors that say so themselves. */
  failedAttempts: number;
  /** The longest that one call took with all its attempts, ms. */
  longestMs: number;
}

const pauseMs = 50;

/** Repeats a call that fails with a retryable error, for so long; this is the whole of what a caller has to do. */
export async function retrying<T>(call: () => Promise<T>, budgetMs: number, retries: Retries): Promise<T> {
  const startedAtMs = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isWorthwhile = error instanceof CacheError && error.retryable;
      if (!isWorthwhile || performance.now() - startedAtMs > budgetMs) throw error;
      retries.failedAttempts += 1;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    } finally {
      retries.longestMs = Math.max(retries.longestMs, performance.now() - startedAtMs);
    }
  }
}
