import { describe, expect, it } from 'vitest';
import { planGame } from '../src/game-plan.ts';

describe('planGame', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planGame('seed', 40)).toEqual(planGame('seed', 40));
    expect(planGame('seed', 40)).not.toEqual(planGame('other', 40));
  });

  it('has every case the checks are about', () => {
    const { players, channels } = planGame('1', 1_000);
    expect(players).toHaveLength(1_000);
    expect(new Set(players.map((player) => player.level)).size).toBe(10);
    const best = players.map((player) => Math.max(...player.scores));
    expect(new Set(best).size, 'some players tie').toBeLessThan(1_000);
    for (const { index, gift } of players) expect(gift?.toIndex).not.toBe(index);
    expect(players.some((player) => player.gift !== undefined)).toBe(true);
    for (const lines of channels.values()) expect(lines.length).toBeGreaterThan(100);
  });
});
