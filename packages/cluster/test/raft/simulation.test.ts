import { describe, expect, test } from 'vitest';
import { mutations } from '../../sim/mutations.ts';
import { RaftSimulation, simulateRaft } from '../../sim/raft-simulation.ts';

/** More seeds: HANOK_TEST_SIM_SEEDS=20000 npm test, or npm run sim. */
const seeds = Number(process.env['HANOK_TEST_SIM_SEEDS'] ?? 150);
/** Every mutation is caught well below this. */
const mutantSeeds = 400;

describe('Raft under faults', () => {
  test(`${seeds} seeds break no promise`, { timeout: 60_000 + seeds * 2_000 }, () => {
    let leases = 0;
    let acknowledged = 0;
    let faults = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const result = simulateRaft({ seed });
      expect(result.violation?.message ?? null, `replay: SEED=${seed} npm run sim`).toBeNull();
      leases += result.leases;
      acknowledged += result.acknowledged;
      faults += result.faults;
    }
    // A run in which nothing happens breaks no promise either.
    expect(leases).toBeGreaterThan(seeds * 200);
    expect(acknowledged).toBeGreaterThan(seeds * 10);
    expect(faults).toBeGreaterThan(seeds * 3);
  });

  test('a seed replays to the last message', () => {
    const runs = [0, 1].map(() => {
      const trace: string[] = [];
      new RaftSimulation({ seed: 7, troubleMs: 3_000, trace: (line) => trace.push(line) }).run();
      return trace;
    });
    expect(runs[0]?.length).toBeGreaterThan(100);
    expect(runs[0]).toEqual(runs[1]);
  });

  // The seed that catches each first is kept, so that the test costs one run; should the draw of faults change, the
  // search goes on from there.
  test.each(mutations)('the checkers catch $name', { timeout: 120_000 }, (mutation) => {
    const kept = mutation.caughtBy ?? 1;
    const order = [kept, ...Array.from({ length: mutantSeeds }, (_, index) => index + 1)];
    const caught = order.find((seed) => simulateRaft({ seed, mutation }).violation !== null);
    expect(caught, `${mutation.mistake}: not caught by ${mutantSeeds} seeds`).toBeDefined();
  });
});
