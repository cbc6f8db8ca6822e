import type { Clock } from '@hanok/service-kit/time';

/** The two ways a user asks a stack to end. */
export interface StopRequests {
  /** Aborts at the first request: stop in order. */
  readonly stop: AbortSignal;
  /** Aborts at the second: end everything at once. */
  readonly kill: AbortSignal;
  /** Looks no longer; a timer of it would keep the process alive. */
  close(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A terminal often delivers one Ctrl-C twice (npm passes it on); requests this close count as one. */
const SAME_REQUEST_MS = 500;

const PARENT_CHECK_MS = 500;

/**
 * Turns what happens to `target` into requests to stop: Ctrl-C, `kill`, the closing of the terminal (which also
 * shows as an output that nobody reads any more), and the end of the npm that started it.
 */
export function stopRequests(target: NodeJS.Process, clock: Clock): StopRequests {
  const stop = new AbortController();
  const kill = new AbortController();
  let firstAtMs = 0;
  const request = (reason: Error): void => {
    if (!stop.signal.aborted) {
      firstAtMs = clock.monotonicMs();
      stop.abort(reason);
    } else if (clock.monotonicMs() - firstAtMs > SAME_REQUEST_MS) {
      kill.abort(reason);
    }
  };
  for (const signal of SIGNALS) target.on(signal, () => request(new Error(signal)));
  for (const stream of [target.stdout, target.stderr]) stream.on('error', (error) => stop.abort(error));
  const underNpm = target.env['npm_lifecycle_event'] !== undefined;
  const close = underNpm ? stopWithoutParent(target, clock, stop) : () => {};
  return { stop: stop.signal, kill: kill.signal, close };
}

/**
 * A signal sent to npm ends npm and its shell, but never reaches what the shell started: the stack would go on
 * without anybody knowing. So it looks whether its parent is still the same.
 */
function stopWithoutParent(target: NodeJS.Process, clock: Clock, stop: AbortController): () => void {
  const parent = target.ppid;
  const check = (): void => {
    if (target.ppid !== parent) stop.abort(new Error('npm has ended'));
    else timer = clock.setTimer(PARENT_CHECK_MS, check);
  };
  let timer = clock.setTimer(PARENT_CHECK_MS, check);
  return () => timer.cancel();
}
