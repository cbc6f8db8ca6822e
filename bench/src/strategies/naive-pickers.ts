import type { StrategyName } from '@hanok/strategies';

/** A backend as a first version would keep it. */
export interface NaiveBackend {
  readonly id: number;
  readonly weight: number;
  active: number;
  latencyMs: number;
}

export type NaivePicker = (backends: readonly NaiveBackend[], sourceHash: number) => NaiveBackend | undefined;

const lowestBy = (
  backends: readonly NaiveBackend[],
  score: (backend: NaiveBackend) => number,
): NaiveBackend | undefined => {
  let best: NaiveBackend | undefined;
  let bestScore = Infinity;
  for (const backend of backends) {
    const each = score(backend);
    if (each >= bestScore) continue;
    best = backend;
    bestScore = each;
  }
  return best;
};

const randomOf = (backends: readonly NaiveBackend[]): NaiveBackend | undefined =>
  backends[Math.floor(Math.random() * backends.length)];

const byWeight = (backends: readonly NaiveBackend[]): NaiveBackend | undefined => {
  let ticket = Math.random() * backends.reduce((sum, { weight }) => sum + weight, 0);
  return backends.find(({ weight }) => (ticket -= weight) < 0);
};

let turn = 0;
const inTurn: NaivePicker = (backends) => backends[turn++ % backends.length];

/** The strategies as one writes them on a whiteboard: over a list of objects, without limits, shares or staleness. */
export const naivePickers: Readonly<Record<StrategyName, NaivePicker>> = {
  'round-robin': inTurn,
  'weighted-round-robin': (backends) => {
    const tickets = backends.flatMap((backend) => Array.from({ length: backend.weight }, () => backend));
    return tickets[turn++ % tickets.length];
  },
  random: byWeight,
  'least-connections': (backends) => lowestBy(backends, ({ active, weight }) => (active + 1) / weight),
  'weighted-response-time': (backends) =>
    lowestBy(backends, ({ active, latencyMs, weight }) => (latencyMs + 10 * (active + 1)) / weight),
  'power-of-two-choices': (backends) => {
    const pair = [randomOf(backends), randomOf(backends)].filter((backend) => backend !== undefined);
    return lowestBy(pair, ({ active, weight }) => active / weight);
  },
  'peak-ewma': (backends) => {
    const pair = [randomOf(backends), randomOf(backends)].filter((backend) => backend !== undefined);
    return lowestBy(pair, ({ active, latencyMs }) => latencyMs * (active + 1));
  },
  maglev: (backends, sourceHash) =>
    lowestBy(backends, ({ id }) => Math.imul(sourceHash ^ id, 0x9e3779b9) >>> 0),
};
