import type { Rng } from '@hanok/service-kit';

/**
 * Milliseconds before retry `attempt` (0 is the first): full jitter over an exponentially growing span
 * (M. Brooker, "Exponential Backoff And Jitter", AWS 2015), which spreads rivals best.
 */
export function backoffMs(rng: Rng, attempt: number, baseMs: number, capMs: number): number {
  const spanMs = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 20));
  return rng.next() * spanMs;
}
