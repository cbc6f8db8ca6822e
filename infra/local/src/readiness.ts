import { get } from 'node:http';
import type { Clock } from '@hanok/service-kit/time';

const POLL_INTERVAL_MS = 100;
const PROBE_TIMEOUT_MS = 1_000;

/** Asks a URL once: `undefined` when it answered 200, else why it did not, in a few words. */
export type Probe = (url: string, signal: AbortSignal) => Promise<string | undefined>;

/**
 * Probes by HTTP GET, each time on a connection of its own, with a deadline of one second. It uses `node:http`
 * because loading `fetch` would cost the supervisor more memory than all its work.
 */
export const httpProbe: Probe = (url, signal) =>
  new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: PROBE_TIMEOUT_MS, signal }, (response) => {
      const { statusCode = 0 } = response;
      response.resume().on('error', () => {});
      resolve(statusCode === 200 ? undefined : `answers ${statusCode}`);
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', () => resolve('does not answer yet'));
  });

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
