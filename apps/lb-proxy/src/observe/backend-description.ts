import type { Balancer } from '../balancer.ts';
import type { Backend, BackendSpec } from '../pool/backend.ts';
import type { HealthStatus } from '../pool/backend-health.ts';

/** What a backend is; it changes seldom. */
export interface BackendDescription extends Omit<BackendSpec, 'pool'> {
  readonly pool: string | null;
  readonly health: HealthStatus;
  readonly eligible: boolean;
}

/** @param nowMs current monotonic time */
export function describeBackend(
  { state }: Balancer,
  { slot, spec, health }: Backend,
  nowMs: number,
): BackendDescription {
  return {
    id: spec.id,
    pool: spec.pool ?? null,
    host: spec.host,
    port: spec.port,
    weight: spec.weight,
    maxConnections: spec.maxConnections,
    state: spec.state,
    source: spec.source,
    health: health.status(nowMs),
    eligible: Atomics.load(state.table.eligible, slot) === 1,
  };
}
