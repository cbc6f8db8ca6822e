/** What the SDK needs of the world, so that tests and simulations can own it. */
export interface ClientRuntime {
  readonly fetch: typeof fetch;
  /** A new unique id for an Idempotency-Key: 1 to 128 visible ASCII characters. */
  readonly newId: () => string;
  /** A number in [0, 1) for the jitter of back-offs. */
  readonly random: () => number;
  /** Milliseconds that never go backwards. */
  readonly monotonicMs: () => number;
  /** Runs `run` once after `delayMs`; the returned function calls it off. */
  readonly setTimer: (delayMs: number, run: () => void) => () => void;
}

/** The platform's own fetch, ids, chance and time: Node 20 or newer, browsers, workers. */
export const platformRuntime: ClientRuntime = {
  fetch: (input, init) => globalThis.fetch(input, init),
  newId: () => globalThis.crypto.randomUUID(),
  random: () => Math.random(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    return () => clearTimeout(handle);
  },
};

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
export function sleep(runtime: ClientRuntime, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      cancel();
      reject(signal.reason as Error);
    };
    const cancel = runtime.setTimer(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
