import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { untilNextBeatMs } from '../src/index.ts';

describe('the next beat', () => {
  it('is the same moment for all who look equally often, and again and again', async () => {
    const clock = new SimulatedClock();
    const moments: number[][] = [[], []];
    for (const [index, startMs] of [300, 1_700].entries()) {
      const look = (): void => {
        moments[index]?.push(clock.monotonicMs());
        clock.setTimer(untilNextBeatMs(clock, 2_000), look);
      };
      clock.setTimer(startMs, look);
    }
    await clock.advance(8_000);
    expect(moments).toEqual([
      [300, 2_000, 4_000, 6_000, 8_000],
      [1_700, 2_000, 4_000, 6_000, 8_000],
    ]);
  });

  it('is not the one that a timer came a little early for', async () => {
    const clock = new SimulatedClock();
    await clock.advance(1_999.5);
    expect(untilNextBeatMs(clock, 2_000)).toBe(2_000.5);
    await clock.advance(0.5);
    expect(untilNextBeatMs(clock, 2_000)).toBe(2_000);
    await clock.advance(1_700);
    expect(untilNextBeatMs(clock, 2_000)).toBe(300);
  });
});
