import type { Chance } from './chance.ts';
import { fairWeather } from './simulated-network.ts';
import type { NetworkWeather } from './simulated-network.ts';

/** What can go wrong by itself, at any time. */
export const faultKinds = [
  'crash',
  'pause',
  'one-way-cut',
  'isolate',
  'split',
  'transfer',
  'lose-disk',
  'slow-disk',
  'deaf-then-restart',
  'change-voters',
  'wall-jump',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Moments of the protocol at which a fault does most harm. */
export const triggers = [
  'became-leader',
  'voted',
  'got-lease',
  'committed',
  'lost-leader',
  'became-candidate',
  'configuration',
] as const;
export type Trigger = (typeof triggers)[number];

/** One run's share of misfortune. */
export interface FaultPlan {
  readonly voters: 3 | 5;
  readonly faults: readonly FaultKind[];
  /** Mean pause between faults, milliseconds. */
  readonly faultEveryMs: number;
  /** A fault strikes the node that has just reached one of these, or another one, with `triggerRate`. */
  readonly triggers: readonly Trigger[];
  readonly triggerRate: number;
  readonly weather: NetworkWeather;
  readonly cutsStopFlights: boolean;
  readonly proposeEveryMs: number;
  /** Clocks run at most this part fast or slow: two of them at rates up to twice that apart. */
  readonly driftRate: number;
  readonly compactAfter: number;
}

/**
 * Draws a plan: each run leaves out some kinds of fault altogether (swarm testing; Groce et al. 2012), since faults of
 * all kinds at once hide what few of them would show.
 */
export function drawFaultPlan(chance: Chance): FaultPlan {
  const rough = chance.happens(0.6);
  return {
    voters: chance.happens(0.7) ? 3 : 5,
    faults: faultKinds.filter(() => chance.happens(0.5)),
    faultEveryMs: chance.between(300, 4_000),
    triggers: triggers.filter(() => chance.happens(0.4)),
    triggerRate: chance.between(0, 0.3),
    weather: rough
      ? {
          lossRate: chance.happens(0.5) ? chance.between(0, 0.2) : 0,
          duplicateRate: chance.happens(0.5) ? chance.between(0, 0.2) : 0,
          minDelayMs: 0.2,
          maxDelayMs: chance.between(1, 80),
          lateRate: chance.happens(0.5) ? chance.between(0, 0.05) : 0,
          lateMs: chance.between(100, 4_000),
        }
      : fairWeather,
    cutsStopFlights: chance.happens(0.5),
    // Some runs are mostly idle: a follower that missed nothing but heartbeats is a candidate to be reckoned with.
    proposeEveryMs: chance.happens(0.6) ? chance.between(20, 300) : chance.between(1_000, 8_000),
    driftRate: chance.happens(0.5) ? chance.between(0, 0.05) : 0,
    compactAfter: chance.happens(0.5) ? 8 + chance.integer(40) : 10_000,
  };
}
