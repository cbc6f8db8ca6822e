import type { TimelineEvent, TimelineKind } from '@hanok/console';
import type { RegistryChange, RegistryNode, ServiceRegistry } from '@hanok/cluster';
import type { Clock } from '@hanok/service-kit';

const keptEvents = 500;
/** Services that have gone and are remembered, to tell a return from a first arrival. */
const maxRemembered = 2_000;

interface Remembered {
  readonly state: string;
  readonly version: string;
  readonly registeredAt: string;
  readonly isGone: boolean;
}

/**
 * What happened to the registered services, as this coordinator learnt it since it started: who joined, drained, left,
 * died, or was deployed, which is to come back as another version.
 */
export class ServiceTimeline {
  readonly #clock: Clock;
  readonly #known = new Map<string, Remembered>();
  readonly #stop: () => void;
  #events: TimelineEvent[] = [];

  constructor(registry: Pick<ServiceRegistry, 'list' | 'watch'>, clock: Clock, onEvent: () => void) {
    this.#clock = clock;
    for (const node of registry.list()) this.#remember(node, false);
    this.#stop = registry.watch({
      onChange: (change) => {
        if (change.kind !== 'node') return;
        this.#take(change);
        onEvent();
      },
      onReset: () => {
        for (const node of registry.list()) this.#remember(node, false);
        onEvent();
      },
    });
  }

  /** Oldest first. */
  get events(): readonly TimelineEvent[] {
    return this.#events;
  }

  close(): void {
    this.#stop();
  }

  #take({ type, node, revision }: RegistryChange & { kind: 'node' }): void {
    const known = this.#known.get(node.id);
    const kind = kindOf(type, node, known);
    this.#remember(node, type === 'removed' || type === 'expired');
    if (kind === null) return;
    const event: TimelineEvent = {
      id: `registry/${revision}`,
      at: new Date(this.#clock.now()).toISOString(),
      kind,
      subject: node.id,
      scope: node.service,
      detail: kind === 'deployed' ? `${known?.version ?? ''} → ${versionOf(node)}` : '',
    };
    this.#events = [...this.#events, event].slice(-keptEvents);
  }

  #remember(node: RegistryNode, isGone: boolean): void {
    const { id, state, registeredAt } = node;
    this.#known.delete(id);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= maxRemembered) this.#known.delete(oldest);
    this.#known.set(id, { state, version: versionOf(node), registeredAt, isGone });
  }
}

function kindOf(
  type: 'registered' | 'updated' | 'removed' | 'expired',
  node: RegistryNode,
  known: Remembered | undefined,
): TimelineKind | null {
  if (type === 'expired') return 'dead';
  if (type === 'removed') return 'left';
  if (known === undefined) return 'joined';
  if (versionOf(node) !== known.version) return 'deployed';
  if (type === 'registered' || known.isGone) return 'returned';
  if (node.state === known.state) return null;
  return node.state === 'draining' ? 'drained' : 'ready';
}

function versionOf(node: RegistryNode): string {
  return node.metadata['version'] ?? '';
}
