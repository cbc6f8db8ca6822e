import type { Clock } from '@hanok/service-kit/time';

const POLL_INTERVAL_MS = 100;
const PROBE_TIMEOUT_MS = 1_000;

/** Asks a URL once: `undefined` when it answered 200, else why it did not, in a few words. */
export type Probe = (url: string, signal: AbortSignal) => Promise<string | undefined>;

/** Probes by HTTP GET, each time on its own connection, with a deadline of one second. */
export const httpProbe: Probe = async (url, signal) => {
  try {
    const response = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return response.ok ? undefined : `answers ${response.status}`;
  } catch {
    return 'does not answer yet';
  }
};

/**
 * Waits until `url` answers 200, asking ten times a second.
 *
 * @param onPending called after each probe that failed, with the reason.
 * @throws the signal's reason as soon as `signal` aborts.
 */
export async function waitUntilReady(
  url: string,
  deps: { readonly clock: Clock; readonly probe: Probe; readonly signal: AbortSignal },
  onPending: (reason: string) => void = () => {},
): Promise<void> {
  for (;;) {
    deps.signal.throwIfAborted();
    const pending = await deps.probe(url, deps.signal);
    deps.signal.throwIfAborted();
    if (pending === undefined) return;
    onPending(pending);
    await deps.clock.sleep(POLL_INTERVAL_MS, deps.signal);
  }
}
