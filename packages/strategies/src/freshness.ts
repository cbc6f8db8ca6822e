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

/**
 * Belief in a fresh figure. Beliefs are whole numbers from here down to 0, which functions hand over without putting
 * them on the heap.
 */
export const FULL_BELIEF = 2 ** 30;

/** Ages are whole numbers of this part of a halving, for the same reason. */
const PART_BITS = 16;
const PARTS = 2 ** PART_BITS;
const OLDEST = 30 * PARTS;

/**
 * FULL_BELIEF x 2^-age, piecewise linear between whole ages: cheap enough to evaluate for every backend on every pick.
 * @param age in parts of a halving, from 0 to OLDEST
 */
function halved(age: number): number {
  const whole = FULL_BELIEF >> (age >> PART_BITS);
  return whole - (((whole >> PART_BITS) * (age & (PARTS - 1))) >> 1);
}

/** Steps from one 32-bit counter reading to a later one, across the wrap. */
export function elapsed(later: number, earlier: number): number {
  return (later - earlier) >>> 0;
}

/** Belief in a backend's measured latency when it is compared with others. */
export function belief(table: BackendTable, slot: number, nowMs: number): number {
  return beliefAfter(
    elapsed(table.turn, Atomics.load(table.pickedTurn, slot)),
    Atomics.load(table.weight, slot),
    table.totalWeight,
    elapsed(nowMs, Atomics.load(table.pickedAtMs, slot)),
  );
}

/** The same, for a backend of so much of the weight that was passed over for so many turns and not used for so long. */
export function beliefAfter(turns: number, weight: number, totalWeight: number, idleMs: number): number {
  const rounds = (turns * weight) / totalWeight;
  if (rounds <= GRACE_ROUNDS && idleMs <= IDLE_HALF_LIFE_MS) return FULL_BELIEF;
  const age = Math.max(0, rounds - GRACE_ROUNDS) + Math.max(0, idleMs / IDLE_HALF_LIFE_MS - 1);
  return halved(Math.trunc(Math.min(OLDEST, age * PARTS)));
}

/** Share of a new sample in the averages: the usual alpha, more when the samples before it are stale. */
export function sampleShare(table: BackendTable, slot: number): number {
  const share = Atomics.load(table.weight, slot) / table.totalWeight;
  const rounds = elapsed(table.turn, Atomics.load(table.sampledTurn, slot)) * share;
  const age = Math.trunc(Math.min(OLDEST, Math.max(0, rounds - SAMPLE_GRACE_ROUNDS) * PARTS));
  return 1 - ((1 - LATENCY_ALPHA) * halved(age)) / FULL_BELIEF;
}
