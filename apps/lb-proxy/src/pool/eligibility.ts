import type { Backend } from './backend.ts';

/** Which backends get connections, and whether that is an emergency. */
export interface Eligibility {
  readonly eligible: ReadonlySet<Backend>;
  /** So few are healthy that doubtful ones are used, too. */
  readonly panic: boolean;
}

/**
 * Decides who gets new connections, in each pool by itself: enabled and usable backends. When fewer of the enabled
 * ones are usable than its panic threshold, those that merely did not answer or were ejected are used as well, because
 * a pool that shrinks under load would otherwise push all of it onto the last ones standing. Backends that refuse
 * connections stay out even then: nothing can be gained from them. Pure.
 * @param panicPercentOf the threshold of a pool, percent of its enabled backends
 */
export function decideEligibility(
  backends: Iterable<Backend>,
  nowMs: number,
  panicPercentOf: (pool: string) => number,
): Eligibility {
  const pools = Map.groupBy(backends, ({ spec }) => spec.pool ?? '');
  const decisions = [...pools].map(([name, pool]) => decideForPool(pool, nowMs, panicPercentOf(name)));
  return {
    eligible: new Set(decisions.flatMap(({ eligible }) => [...eligible])),
    panic: decisions.some(({ panic }) => panic),
  };
}

function decideForPool(backends: readonly Backend[], nowMs: number, panicPercent: number): Eligibility {
  const enabled = backends.filter(({ spec }) => spec.state === 'enabled');
  const usable = enabled.filter(({ health }) => health.isUsable(nowMs));
  const inPanic = usable.length * 100 < panicPercent * enabled.length;
  const doubtful = inPanic ? enabled.filter(({ health }) => health.isDoubtful(nowMs)) : [];
  return { eligible: new Set([...usable, ...doubtful]), panic: doubtful.length > 0 };
}

/**
 * Weight in force during a slow start: grows linearly to the full weight over `slowStartMs`, from a tenth.
 * @returns at least 1
 */
export function rampedWeight(fullWeight: number, upForMs: number, slowStartMs: number): number {
  if (slowStartMs <= 0 || upForMs >= slowStartMs) return fullWeight;
  return Math.max(1, Math.round(fullWeight * Math.max(0.1, upForMs / slowStartMs)));
}
