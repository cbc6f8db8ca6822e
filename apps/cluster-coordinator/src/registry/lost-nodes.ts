import type { RegistryNode, ServiceRegistry } from '@hanok/cluster';

const maxKept = 256;

/** Services whose lease ran out lately: the registry has forgotten them, but people ask what became of them. */
export class LostNodes {
  readonly #nodes = new Map<string, RegistryNode>();

  constructor(registry: ServiceRegistry) {
    registry.watch({
      onChange: (change) => {
        if (change.kind !== 'node') return;
        this.#nodes.delete(change.node.id);
        if (change.type === 'expired') this.#keep(change.node);
      },
      onReset: () => {
        for (const id of this.#nodes.keys()) if (registry.get(id) !== null) this.#nodes.delete(id);
      },
    });
  }

  /** The longest lost first. */
  list(): RegistryNode[] {
    return [...this.#nodes.values()];
  }

  #keep(node: RegistryNode): void {
    const [oldest] = this.#nodes.keys();
    if (oldest !== undefined && this.#nodes.size >= maxKept) this.#nodes.delete(oldest);
    this.#nodes.set(node.id, node);
  }
}
