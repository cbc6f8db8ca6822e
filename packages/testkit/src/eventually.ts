import { setTimeout as sleep } from 'node:timers/promises';

/** How long and how often {@link eventually} looks. */
export interface EventuallyOptions {
  /** Gives up after this long. Default 10,000 ms. */
  timeoutMs?: number;
  /** Pause between two looks. Default 20 ms. */
  intervalMs?: number;
}

const LEAST_CHECK_MS = 1_000;

/**
 * Looks at a condition again and again until it holds, and returns what it gave.
 *
 * The condition holds when `check` neither throws nor gives `false` or `null`. Giving `undefined` counts as
 * holding, so that a block of `expect(...)` lines can be passed as it is; to wait for something that may be
 * missing, use `?? null`. A check that hangs is given up too, though not before it has had a second.
 *
 * @throws Error when the time is over; its message and `cause` tell how the last look failed.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 20 }: EventuallyOptions = {},
): Promise<Exclude<T, false | null>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const remainingMs = Math.max(deadlineMs - performance.now(), LEAST_CHECK_MS);
      const value = await within(remainingMs, Promise.resolve(check()));
      if (value !== false && value !== null) return value as Exclude<T, false | null>;
      failure = new Error(`the check gave ${String(value)}`);
    } catch (error) {
      failure = error;
    }
    if (performance.now() >= deadlineMs) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      throw new Error(`Not so within ${timeoutMs} ms: ${reason}`, { cause: failure });
    }
    await sleep(intervalMs);
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const done = new AbortController();
  const tooLate = sleep(limitMs, undefined, { signal: done.signal }).then(() => {
    throw new Error(`the check did not end within ${Math.round(limitMs)} ms`);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    done.abort();
    tooLate.catch(() => undefined);
  }
}
