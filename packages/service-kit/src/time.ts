/** A scheduled callback that can be called off. Cancelling twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * The only source of time in Hanok, injected so that tests and simulations own it.
 * Durations are milliseconds everywhere.
 */
export interface Clock {
  /** Wall-clock time, milliseconds since the Unix epoch. May jump; use it only for dates people see. */
  now(): number;
  /** Milliseconds from an arbitrary start that never go backwards. Use it for deadlines and latencies. */
  monotonicMs(): number;
  /** Runs `run` once after `delayMs`. The timer keeps the process alive until it ran or was cancelled. */
  setTimer(delayMs: number, run: () => void): Timer;
  /** Resolves after `delayMs`, or rejects with the signal's reason as soon as `signal` aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The real clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    // Node cuts off fractions and runs it early: whoever waits for a moment would wake twice.
    const handle = setTimeout(run, Math.ceil(delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
  sleep(delayMs, signal) {
    return sleepOn(systemClock, delayMs, signal);
  },
};

/** `Clock.sleep` in terms of `Clock.setTimer`, for clocks that implement only the latter. */
export function sleepOn(
  clock: Pick<Clock, 'setTimer'>,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Who woke a little before its beat, as timers may, must not be told to wake for it once more. */
const earlyShare = 0.1;

/**
 * The wait until the next multiple of `intervalMs` on the monotonic clock. Those who look for something again and again wait
 * for their beat instead of the whole interval: an idle process is then woken once for all of them.
 *
 * @returns more than 0.1 and at most 1.1 times the interval
 */
export function untilNextBeatMs(clock: Pick<Clock, 'monotonicMs'>, intervalMs: number): number {
  const leftMs = intervalMs - (clock.monotonicMs() % intervalMs);
  return leftMs > intervalMs * earlyShare ? leftMs : leftMs + intervalMs;
}
