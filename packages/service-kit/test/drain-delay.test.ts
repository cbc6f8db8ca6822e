import { describe, expect, it } from 'vitest';
import { drainConnections } from '../src/drain-delay.ts';

/** A clock whose time passes only by sleeping. */
function sleepingClock() {
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    setTimer: () => ({ cancel: () => undefined }),
    sleep: async (delayMs: number) => void (nowMs += delayMs),
  };
}

async function drainedAfterMs(connections: number[], expectsCallers: boolean): Promise<number> {
  const clock = sleepingClock();
  const openConnections = async () => connections.shift() ?? 0;
  await drainConnections({ delayMs: 500, clock, expectsCallers, openConnections });
  return clock.now();
}

describe('drainConnections', () => {
  it('waits for the whole delay while somebody may not have heard yet', async () => {
    expect(await drainedAfterMs([0, 0], true)).toBe(500);
  });

  it('waits no longer than the delay for connections that stay', async () => {
    expect(await drainedAfterMs(Array<number>(1_000).fill(1), false)).toBe(500);
  });

  it('does not wait for nobody', async () => {
    expect(await drainedAfterMs([0], false)).toBe(0);
    expect(await drainedAfterMs([2, 1, 0], false)).toBe(40);
  });
});
