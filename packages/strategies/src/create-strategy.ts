import type { Candidates } from './candidates.ts';
import { LeastConnections } from './least-connections.ts';
import { Maglev } from './maglev.ts';
import { PeakEwma } from './peak-ewma.ts';
import { PowerOfTwoChoices } from './power-of-two-choices.ts';
import { RoundRobin } from './round-robin.ts';
import { SmoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';
import type { Strategy, StrategyName } from './strategy.ts';
import { WeightedRandom } from './weighted-random.ts';
import { WeightedResponseTime } from './weighted-response-time.ts';

const constructors: Record<StrategyName, new (candidates: Candidates) => Strategy> = {
  'round-robin': RoundRobin,
  'weighted-round-robin': SmoothWeightedRoundRobin,
  random: WeightedRandom,
  'least-connections': LeastConnections,
  'weighted-response-time': WeightedResponseTime,
  'power-of-two-choices': PowerOfTwoChoices,
  'peak-ewma': PeakEwma,
  maglev: Maglev,
};

/** A fresh instance of the named strategy over a thread's candidates. */
export function createStrategy(name: StrategyName, candidates: Candidates): Strategy {
  return new constructors[name](candidates);
}
