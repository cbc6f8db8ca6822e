import type { ServiceNode } from '@hanok/cluster';
import type { Clock, Logger } from '@hanok/service-kit';
import type { BackendPool } from './backend-pool.ts';
import { MAX_WEIGHT, type BackendSpec, type BackendState } from './backend.ts';

export interface DiscoveryOptions {
  readonly pool: BackendPool;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long an empty registry is not believed. */
  readonly emptyHoldMs: number;
}

/** The part of a node that balancing needs. */
export type DiscoveredNode = Pick<ServiceNode, 'id' | 'host' | 'port' | 'state' | 'alive' | 'metadata'>;

/**
 * Keeps the pool in step with the registry: ready nodes become backends, draining ones are drained, those that
 * are gone are removed (their connections go on). Static: while the registry is away nothing changes, and one
 * that suddenly lists nobody is believed only when it still does after a while, since a registry that lost
 * its data looks the same. Backends from the configuration or the admin API are never touched.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  /** What the registry said last; a state set through the admin API stands until that changes. */
  readonly #lastStates = new Map<string, BackendState>();
  #emptySinceMs: number | undefined;
  #connected = false;
  #holdTimer: { cancel(): void } | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** Whether the registry can be reached. */
  get connected(): boolean {
    return this.#connected;
  }

  linkChanged(connected: boolean): void {
    const { logger } = this.#options;
    this.#connected = connected;
    if (connected) logger.info('discovery is connected');
    else logger.warn('discovery is away: keeping the backends as they are');
  }

  /** Takes in the full list of nodes. */
  nodesChanged(nodes: readonly DiscoveredNode[]): void {
    const present = nodes.filter((node) => node.alive && node.state !== 'starting');
    this.#holdTimer?.cancel();
    this.#holdTimer = undefined;
    if (present.length === 0 && this.#mustHold()) return;
    this.#emptySinceMs = undefined;
    for (const { spec } of this.#discovered()) {
      const node = present.find((each) => each.id === spec.id);
      // A node that came back elsewhere is another backend.
      if (node === undefined || node.host !== spec.host || node.port !== spec.port) {
        this.#options.pool.remove(spec.id);
        this.#lastStates.delete(spec.id);
      }
    }
    for (const node of present) this.#addOrChange(node);
  }

  stop(): void {
    this.#holdTimer?.cancel();
  }

  #discovered() {
    return this.#options.pool.list().filter(({ spec }) => spec.source === 'discovery');
  }

  #mustHold(): boolean {
    const { clock, emptyHoldMs, logger } = this.#options;
    const held = this.#discovered().length;
    if (held === 0) return false;
    const nowMs = clock.monotonicMs();
    if (this.#emptySinceMs === undefined) {
      this.#emptySinceMs = nowMs;
      logger.warn({ held, emptyHoldMs }, 'the registry lists no backend: keeping the last ones for now');
    }
    const leftMs = this.#emptySinceMs + emptyHoldMs - nowMs;
    if (leftMs <= 0) return false;
    this.#holdTimer = clock.setTimer(leftMs, () => this.nodesChanged([]));
    return true;
  }

  #addOrChange(node: DiscoveredNode): void {
    const { pool, logger } = this.#options;
    const state = node.state === 'ready' ? 'enabled' : 'draining';
    const known = pool.find(node.id);
    if (known === undefined) {
      try {
        pool.add(specOf(node, state, pool.settingsOf({}).maxConnectionsPerBackend));
      } catch (error) {
        logger.warn({ backend: node.id, reason: (error as Error).message }, 'discovered backend left out');
      }
    } else if (known.spec.source === 'discovery' && this.#lastStates.get(node.id) !== state) {
      pool.change(node.id, { state });
    }
    this.#lastStates.set(node.id, state);
  }
}

function specOf(
  { id, host, port, metadata }: DiscoveredNode,
  state: BackendState,
  maxConnections: number,
): BackendSpec {
  const weight = Number(metadata['weight']);
  return {
    id,
    host,
    port,
    weight: Number.isInteger(weight) && weight >= 1 && weight <= MAX_WEIGHT ? weight : 1,
    maxConnections,
    state,
    source: 'discovery',
  };
}
