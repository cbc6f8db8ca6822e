import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHANCES,
  CONNECTION_COST_MS,
  createStrategy,
  NO_BACKEND,
  SeededChance,
  type StrategyName,
} from '../src/index.ts';
import { poolOf } from './fixtures/pool.ts';

/** A backend as one would keep it without shared memory. */
interface Model {
  readonly weight: number;
  readonly excluded: boolean;
  active: number;
  latencyMs: number;
  peakMs: number;
  credit: number;
}

/** What a strategy may look at besides the backends. */
interface World {
  readonly chance: SeededChance;
  /** Where a search for the best begins, so that equals take turns. */
  start: number;
}

type ModelPick = (models: readonly Model[], world: World) => number;

const LIMIT = 6;
const admissible = ({ excluded, active }: Model): boolean => !excluded && active < LIMIT;

const lowest =
  (score: (model: Model) => number): ModelPick =>
  (models, world) => {
    const inTurn = [...models.keys()].map((index) => (index + world.start) % models.length);
    let best = NO_BACKEND;
    for (const index of inTurn) {
      const model = models[index];
      const current = models[best];
      if (model === undefined || !admissible(model)) continue;
      if (current === undefined || score(model) < score(current)) best = index;
    }
    if (best !== NO_BACKEND) world.start = best + 1;
    return best;
  };

/** With equal weights; five misses in a row are left to the exact draw, and not modelled: no backend is inadmissible. */
const draw = (models: readonly Model[], { chance }: World): number =>
  Math.trunc((chance.bits() * models.length) / CHANCES);

const lowerOfTwo =
  (score: (model: Model) => number): ModelPick =>
  (models, world) => {
    const first = draw(models, world);
    if (models.length === 1) return first;
    let second = draw(models, world);
    for (let redraws = 0; redraws < 3 && second === first; redraws += 1) second = draw(models, world);
    const [one, other] = [models[first], models[second]];
    return one !== undefined && other !== undefined && score(other) < score(one) ? second : first;
  };

const richest: ModelPick = (models) => {
  const taking = models.filter((model) => admissible(model));
  for (const model of taking) model.credit += model.weight;
  const [first] = taking.toSorted((a, b) => b.credit - a.credit);
  if (first === undefined) return NO_BACKEND;
  first.credit -= taking.reduce((sum, { weight }) => sum + weight, 0);
  return models.indexOf(first);
};

/** By name: whether it looks at all backends (else it draws some), and its model. */
const cases: readonly [StrategyName, boolean, ModelPick][] = [
  ['weighted-round-robin', true, richest],
  ['least-connections', true, lowest(({ active, weight }) => (active + 1) / weight)],
  [
    'weighted-response-time',
    true,
    lowest(({ active, latencyMs, weight }) => (latencyMs + CONNECTION_COST_MS * (active + 1)) / weight),
  ],
  ['power-of-two-choices', false, lowerOfTwo(({ active }) => active)],
  ['peak-ewma', false, lowerOfTwo(({ active, peakMs }) => (peakMs || 1) * (active + 1))],
  ['random', false, draw],
];

const ALPHA = 0.1;
const step = fc.record({
  /** Which open connection ends before the next pick, if there are so many. */
  ends: fc.nat({ max: 12 }),
  /** Which backend is measured, and what. */
  measured: fc.nat({ max: 7 }),
  latencyMs: fc.integer({ min: 1, max: 500 }),
});

describe.each(cases)('%s', (name, isScan, pickOf) => {
  it('picks what a naive model of it picks, over a history of connections and measurements', () => {
    const backends = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 6 }), excluded: fc.boolean() }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(backends, fc.array(step, { maxLength: 40 }), fc.integer(), (given, steps, seed) => {
        const models = given.map(({ weight, excluded }): Model => ({
          weight: isScan ? weight : 1,
          // Those that draw have no model of a miss.
          excluded: isScan && excluded,
          active: 0,
          latencyMs: 0,
          peakMs: 0,
          credit: 0,
        }));
        const pool = poolOf(
          models.map(({ weight }) => weight),
          seed,
          isScan ? LIMIT : 0,
        );
        models.forEach(({ excluded }, slot) => {
          pool.context.excluded[slot] = excluded ? 1 : 0;
        });
        const world: World = { chance: new SeededChance(seed), start: 0 };
        const strategy = createStrategy(name, pool.candidates);
        const open: number[] = [];
        for (const { ends, measured, latencyMs } of steps) {
          const ended = open.splice(ends, 1)[0];
          const endedModel = models[ended ?? -1];
          if (ended !== undefined && endedModel !== undefined) {
            pool.table.release(ended);
            endedModel.active -= 1;
          }
          const target = models[measured];
          if (target !== undefined) {
            pool.table.observe(measured, latencyMs);
            target.latencyMs = blend(target.latencyMs, latencyMs, ALPHA);
            target.peakMs = blend(target.peakMs, latencyMs, latencyMs >= target.peakMs ? 1 : ALPHA);
          }
          const slot = strategy.pick(pool.context);
          expect(slot).toBe(pickOf(models, world));
          const chosen = models[slot];
          if (chosen === undefined) continue;
          // Belief in measurements fades with turns, which is tested by itself: here they do not pass.
          pool.table.active[slot] = (pool.table.active[slot] ?? 0) + 1;
          chosen.active += 1;
          open.push(slot);
        }
      }),
    );
  });
});

/** The moving average in whole microseconds, as the table keeps it. */
function blend(beforeMs: number, sampleMs: number, share: number): number {
  const [beforeUs, sampleUs] = [Math.round(beforeMs * 1_000), sampleMs * 1_000];
  return (beforeUs === 0 ? sampleUs : Math.round(beforeUs + share * (sampleUs - beforeUs))) / 1_000;
}
