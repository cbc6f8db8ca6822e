import type { SwimConfig } from '@hanok/cluster';
import { SwimSimulator } from '@hanok/cluster/sim/swim';
import { percentile } from '../harness/statistics.ts';

/** How large the sample is. */
export interface DetectionSample {
  readonly members: number;
  /** Clusters, each of another seed. */
  readonly clusters: number;
  /** In each cluster, one after another; who crashed stays away. */
  readonly crashes: number;
}

/** How long all survivors took to hold a crashed member dead. */
export interface Detection {
  readonly p50Seconds: number;
  readonly p99Seconds: number;
  readonly crashes: number;
}

const longestMs = 120_000;
/** Between two crashes, so that all news of one is told before the next. */
const restMs = 3_000;

/**
 * Crashes members of clusters in virtual time, at moments that fit no period of the protocol, on a network with delays
 * of 0.2 to 2 ms.
 */
export function detection(config: SwimConfig, { members, clusters, crashes }: DetectionSample): Detection {
  const times: number[] = [];
  for (let seed = 1; seed <= clusters; seed += 1) {
    // Halfway through it has the size that is asked for.
    const started = members + Math.floor((crashes - 1) / 2);
    const cluster = new SwimSimulator(seed, config).startKnown(started);
    for (let crash = 1; crash <= crashes; crash += 1) {
      cluster.run(restMs + seed * 137 + crash * 211);
      times.push(crashOne(cluster, `m${crash}`, started - crash));
    }
  }
  return {
    p50Seconds: percentile(times, 50) / 1_000,
    p99Seconds: percentile(times, 99) / 1_000,
    crashes: times.length,
  };
}

/** @returns how long it took until the last survivor held it dead, ms. */
function crashOne(cluster: SwimSimulator, id: string, survivors: number): number {
  const crashedAt = cluster.now;
  const seenBefore = cluster.observations.length;
  const deaths = () =>
    cluster.observations.slice(seenBefore).filter((seen) => seen.change === 'dead' && seen.id === id);
  cluster.crash(id);
  if (cluster.runUntil(() => deaths().length >= survivors, longestMs) === null)
    throw new Error(`${id} was not held dead by all within ${longestMs} ms`);
  return Math.max(...deaths().map(({ at }) => at)) - crashedAt;
}
