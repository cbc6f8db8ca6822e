import { Type } from 'typebox';
import type { Clock } from './time.ts';

/** Settings of services that others reach through a balancer or a registry. Spread beside `commonConfig`. */
export const drainConfig = {
  drainDelayMs: Type.Integer({
    default: 500,
    minimum: 0,
    maximum: 300_000,
    description:
      'On a stop: how long requests are still served, each answer ending its connection, while others hear of it (ms)',
  }),
};

/** How often a server that is being left is looked at, milliseconds. */
const lookEveryMs = 20;

/**
 * Gives those who use a service time to hear that it stops: balancers send no new connections, and clients with an open
 * one are told by `connection: close` on their next answer. A connection that is closed without it may have the next
 * request already on its way, and that request would be lost.
 *
 * @param expectsCallers whether somebody may not have heard yet. If nobody can come, an unused server need not wait.
 */
export async function drainConnections(options: {
  readonly delayMs: number;
  readonly clock: Clock;
  readonly expectsCallers: boolean;
  readonly openConnections: () => Promise<number>;
}): Promise<void> {
  const { delayMs, clock, expectsCallers, openConnections } = options;
  const endsAtMs = clock.monotonicMs() + delayMs;
  while (clock.monotonicMs() < endsAtMs) {
    if (!expectsCallers && (await openConnections()) === 0) return;
    await clock.sleep(Math.min(lookEveryMs, endsAtMs - clock.monotonicMs()));
  }
}
