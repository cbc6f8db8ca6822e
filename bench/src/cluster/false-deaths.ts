import type { SwimConfig } from '@hanok/cluster';
import { SwimSimulator } from '@hanok/cluster/sim/swim';

const members = 128;
const stalledMembers = 16;
const runMs = 120_000;
/** How long a processor that has too much to do takes for each message that waited. */
const handlingMs = 1;

/** For how long all stall together, and how long they are then awake. Milliseconds. */
const anomalies = [8_192, 16_384].flatMap((stallMs) =>
  [16, 64].map((awakeMs) => ({ stallMs, awakeMs }) as const),
);

/**
 * How often a well member was held dead, by whomever, while others stalled again and again: the "interval" experiment of
 * the Lifeguard paper (Dadgar et al. 2018, section V), with some of its durations.
 */
export function falseDeaths(config: SwimConfig): number {
  return anomalies
    .map(({ stallMs, awakeMs }, index) => {
      const cluster = new SwimSimulator(index, config).startKnown(members).run(10_000);
      const stalled = cluster.ids.filter((_, place) => place % (members / stalledMembers) === 0);
      const endsAt = cluster.now + runMs;
      while (cluster.now < endsAt) {
        for (const id of stalled) cluster.stall(id, stallMs, handlingMs);
        cluster.run(stallMs + awakeMs);
      }
      cluster.run(10_000);
      return cluster.seen('dead').filter(({ id }) => !stalled.includes(id)).length;
    })
    .reduce((sum, count) => sum + count, 0);
}
