import type { Balancer } from '../balancer.ts';
import { plainAddress } from '../data-plane/source-address.ts';
import { reasonOf } from '../pool/ineligibility.ts';

/**
 * The last decisions of a balancer's workers with the backends' names, newest first. A backend that has been
 * removed since reads `(removed)`.
 * @param source only decisions for this client address
 */
export async function recentDecisions(balancer: Balancer, source?: string) {
  const decisions = await balancer.workers.decisions();
  const backends = balancer.backends.list();
  const nameOf = (slot: number, version: number | undefined): string =>
    backends.find((each) => each.slot === slot && each.version === version)?.spec.id ?? '(removed)';
  return decisions
    .filter((decision) => source === undefined || plainAddress(decision.source) === source)
    .map(({ atMs, strategy, slot, failedBefore, source: client, backends: weighed }) => {
      const chosen = weighed.find((each) => each.slot === slot);
      return {
        at: new Date(atMs).toISOString(),
        source: plainAddress(client),
        strategy,
        backend: chosen === undefined ? null : nameOf(slot, chosen.version),
        failedBefore,
        backends: weighed.map(({ slot: each, version, standing, ineligibility, score }) => ({
          id: nameOf(each, version),
          standing,
          reason: reasonOf(standing, ineligibility),
          score,
        })),
      };
    });
}
