import { describe, expect, test } from 'vitest';
import { mutantSeeds, scenariosThatCatch } from '../../sim/kill-matrix.ts';
import { mutations } from '../../sim/mutations.ts';
import { runSeedsInParallel } from '../../sim/parallel-seeds.ts';
import { RaftSimulation, simulateRaft } from '../../sim/raft-simulation.ts';
import { runSeeds, violationOf } from '../../sim/simulate.ts';
import { swimMutations } from '../../sim/swim-mutations.ts';
import { simulateSwim } from '../../sim/swim-simulation.ts';

/** More seeds: HANOK_TEST_SIM_SEEDS=20000 npm test, or npm run sim. */
const seeds = Number(process.env['HANOK_TEST_SIM_SEEDS'] ?? 150);
const bySeeds = mutations.filter(({ caughtBy }) => caughtBy !== null);
/** What faults at random do not come upon. */
const byScenarios = mutations.filter(({ caughtBy }) => caughtBy === null);

describe('Raft under faults', () => {
  test(`${seeds} seeds break no promise`, { timeout: 60_000 + seeds * 2_000 }, () => {
    let leases = 0;
    let acknowledged = 0;
    let faults = 0;
    let configurations = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const result = simulateRaft({ seed });
      expect(result.violation?.message ?? null, `replay: SEED=${seed} npm run sim`).toBeNull();
      leases += result.leases;
      acknowledged += result.acknowledged;
      faults += result.faults;
      configurations += result.configurations;
    }
    // A run in which nothing happens breaks no promise either.
    expect(leases).toBeGreaterThan(seeds * 200);
    expect(acknowledged).toBeGreaterThan(seeds * 10);
    expect(faults).toBeGreaterThan(seeds * 3);
    expect(configurations).toBeGreaterThan(seeds);
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
  test.each(bySeeds)('the checkers catch $name', { timeout: 120_000 }, (mutation) => {
    const order = [mutation.caughtBy ?? 1, ...Array.from({ length: mutantSeeds }, (_, index) => index + 1)];
    const caught = order.find((seed) => violationOf(seed, mutation) !== null);
    expect(caught, `${mutation.mistake}: not caught by ${mutantSeeds} seeds`).toBeDefined();
  });
});

test.each(byScenarios)('a scenario catches $name', { timeout: 60_000 }, (mutation) => {
  expect(scenariosThatCatch(mutation), mutation.mistake).not.toEqual([]);
});

describe('membership under faults', () => {
  test(`${seeds} seeds break no promise`, { timeout: 60_000 + seeds * 2_000 }, () => {
    let faults = 0;
    for (let seed = 1; seed <= seeds; seed += 1) {
      const result = simulateSwim({ seed });
      expect(result.violation?.message ?? null, `replay: SEED=${seed} npm run sim`).toBeNull();
      faults += result.faults;
    }
    expect(faults).toBeGreaterThan(seeds * 3);
  });

  test.each(swimMutations)('the checkers catch $name', { timeout: 120_000 }, (mutation) => {
    const order = Array.from({ length: mutantSeeds }, (_, index) => index + 1);
    expect(order.find((seed) => violationOf(seed, mutation) !== null)).toBeDefined();
  });
});

test('seeds on several cores come to the same as one after another', { timeout: 120_000 }, async () => {
  expect(await runSeedsInParallel(11, 20, 2)).toEqual(runSeeds(11, 20));
});
