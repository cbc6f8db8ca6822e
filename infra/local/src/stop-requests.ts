import type { Clock } from '@hanok/service-kit/time';

/** The two ways a user asks a stack to end. */
export interface StopRequests {
  /** Aborts at the first request: stop in order. */
  readonly stop: AbortSignal;
  /** Aborts at the second: end everything at once. */
  readonly kill: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal often delivers one Ctrl-C twice (npm passes it on); requests this close count as one. */
const SAME_REQUEST_MS = 500;

/**
 * Turns the signals of `target` into requests to stop: Ctrl-C, `kill`, and the closing of
 * the terminal, which also shows as an output that nobody reads any more.
 */
export function stopRequests(target: NodeJS.Process, clock: Clock): StopRequests {
  const stop = new AbortController();
  const kill = new AbortController();
  let firstAtMs = 0;
  for (const signal of SIGNALS) {
    target.on(signal, () => {
      if (!stop.signal.aborted) {
        firstAtMs = clock.monotonicMs();
        stop.abort(new Error(signal));
      } else if (clock.monotonicMs() - firstAtMs > SAME_REQUEST_MS) {
        kill.abort(new Error(signal));
      }
    });
  }
  for (const stream of [target.stdout, target.stderr]) {
    stream.on('error', (error) => stop.abort(error));
  }
  return { stop: stop.signal, kill: kill.signal };
}
