import type { ServiceRegistry } from '@hanok/cluster';
import { Problem } from '@hanok/service-kit';

/** Well below what a client waits for an answer, so that it hears why and can ask another coordinator. */
const catchUpMs = 2_000;

/**
 * Makes sure that nobody is taken back in time: who was told more by another coordinator than this copy shows waits for
 * the copy to get there.
 *
 * @throws CoordinationError `no-leader` when it does not get there in time.
 */
export async function catchUp(registry: ServiceRegistry, since: number): Promise<void> {
  if (since > registry.revision) await registry.sync(catchUpMs);
}

/** The changes since a revision are not all known: they are forgotten, or the registry was begun anew since. */
export function goneProblem(since: number): Problem {
  return new Problem(410, 'gone', 'Gone', {
    detail: `Changes after revision ${since} are no longer all known: ask again without since or Last-Event-ID`,
  });
}
