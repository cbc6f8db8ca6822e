import type { BackendPool } from './backend-pool.ts';
import type { BackendSpec } from './backend.ts';

/**
 * Brings the backends that come from the configuration in step with a new list: adds, removes (their connections
 * go on), and changes weights. Those of discovery and of the admin API are not touched; one of theirs that has
 * the same id or address wins.
 * @returns the ids that could not be added
 */
export function followStatic(pool: BackendPool, wanted: readonly BackendSpec[]): string[] {
  for (const { spec } of pool.list()) {
    if (spec.source !== 'static') continue;
    const next = wanted.find(({ id }) => id === spec.id);
    const isSame = next?.host === spec.host && next.port === spec.port && next.pool === spec.pool;
    if (next === undefined || !isSame) pool.remove(spec.id);
    else if (next.weight !== spec.weight) pool.change(spec.id, { weight: next.weight });
  }
  return wanted.flatMap((spec) => {
    if (pool.find(spec.id)?.spec.source === 'static') return [];
    try {
      pool.add(spec);
      return [];
    } catch {
      return [spec.id];
    }
  });
}
