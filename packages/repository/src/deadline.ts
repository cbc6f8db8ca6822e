import type { Clock } from '@hanok/service-kit';
import { DeadlineExceeded, ValidationError } from './errors.ts';
import type { TransactionOptions } from './database.ts';

const DEFAULT_DEADLINE_MS = 5_000;
const MAX_DEADLINE_MS = 600_000;
const DEFAULT_RETRIES = 10;
const MAX_RETRIES = 100;

/** A point in time by which something must be done. */
export interface Deadline {
  readonly durationMs: number;
  readonly expiresAtMs: number;
}

export function deadlineIn(clock: Clock, durationMs: number): Deadline {
  return { durationMs, expiresAtMs: clock.monotonicMs() + durationMs };
}

/** Whole milliseconds until the deadline, at least 1. */
export function leftMs(clock: Clock, deadline: Deadline): number {
  return Math.max(1, Math.ceil(deadline.expiresAtMs - clock.monotonicMs()));
}

/** Checks the bounds of transaction options and fills the defaults. Throws ValidationError. */
export function settleOptions(options: TransactionOptions): Required<TransactionOptions> {
  const { deadlineMs = DEFAULT_DEADLINE_MS, retries = DEFAULT_RETRIES } = options;
  if (!Number.isSafeInteger(deadlineMs) || deadlineMs < 1 || deadlineMs > MAX_DEADLINE_MS) {
    throw new ValidationError('deadlineMs', `an integer from 1 to ${MAX_DEADLINE_MS}`);
  }
  if (!Number.isSafeInteger(retries) || retries < 0 || retries > MAX_RETRIES) {
    throw new ValidationError('retries', `an integer from 0 to ${MAX_RETRIES}`);
  }
  return {
    deadlineMs,
    retries,
    readOnly: options.readOnly ?? false,
    isolation: options.isolation ?? 'serializable',
  };
}

/** Settles as `work` does, or rejects with DeadlineExceeded; `work` itself goes on. */
export async function within<T>(
  clock: Clock,
  deadline: Deadline,
  what: string,
  work: Promise<T>,
): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = clock.setTimer(leftMs(clock, deadline), () =>
    reject(new DeadlineExceeded(what, deadline.durationMs)),
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    timer.cancel();
  }
}
