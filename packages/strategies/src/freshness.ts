import { type BackendTable, LATENCY_ALPHA } from './backend-table.ts';

/**
 * How far a measured latency may still be believed.
 *
 * A latency-aware strategy that trusts an old bad figure for ever never measures again, and one slow start
 * starves a backend. So belief fades with the turns a backend was passed over: it is whole for one fair round
 * (as many placements as it takes for every backend to have had its share) and halves with each further one.
 * A backend k times slower than its peers is thus tried again after about 1 + log2(k) rounds; one that has
 * recovered is believed again after a single sample, because the sample's share grows as belief fades.
 * Without traffic to count turns by, time does the same: halved for every 10 s beyond the first 10.
 */
const GRACE_ROUNDS = 1;
const SAMPLE_GRACE_ROUNDS = 4;
const IDLE_HALF_LIFE_MS = 10_000;
const MAX_HALVINGS = 60;

const powersOfHalf = Float64Array.from({ length: MAX_HALVINGS + 1 }, (_, exponent) => 0.5 ** exponent);

/** 2^-age, piecewise linear between whole ages: cheap enough to evaluate for every backend on every pick. */
export function halved(age: number): number {
  if (age <= 0) return 1;
  if (age >= MAX_HALVINGS) return 0;
  const whole = Math.trunc(age);
  return (powersOfHalf[whole] ?? 0) * (1 - (age - whole) / 2);
}

/** Steps from one 32-bit counter reading to a later one, across the wrap. */
export function elapsed(later: number, earlier: number): number {
  return (later - earlier) >>> 0;
}

/** Belief in a backend's measured latency when it is compared with others: from 1 (fresh) down to 0. */
export function belief(table: BackendTable, slot: number, nowMs: number): number {
  const share = Atomics.load(table.weight, slot) / table.totalWeight;
  const rounds = elapsed(table.turn, Atomics.load(table.pickedTurn, slot)) * share;
  const idleMs = elapsed(nowMs | 0, Atomics.load(table.pickedAtMs, slot));
  return beliefAfter(rounds, idleMs);
}

/** The same, for a backend that was passed over for so many fair rounds and not used for so long. */
export function beliefAfter(rounds: number, idleMs: number): number {
  if (rounds <= GRACE_ROUNDS && idleMs <= IDLE_HALF_LIFE_MS) return 1;
  return halved(Math.max(0, rounds - GRACE_ROUNDS) + Math.max(0, idleMs / IDLE_HALF_LIFE_MS - 1));
}

/** Share of a new sample in the averages: the usual alpha, more when the samples before it are stale. */
export function sampleShare(table: BackendTable, slot: number): number {
  const share = Atomics.load(table.weight, slot) / table.totalWeight;
  const rounds = elapsed(table.turn, Atomics.load(table.sampledTurn, slot)) * share;
  return 1 - (1 - LATENCY_ALPHA) * halved(rounds - SAMPLE_GRACE_ROUNDS);
}
