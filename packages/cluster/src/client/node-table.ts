import type { NodeList, RegistryEvent } from './registry-event.ts';
import type { ServiceNode } from './service-node.ts';

/** The nodes of one service, kept true by the coordinators' events. */
export class NodeTable {
  readonly #service: string;
  readonly #nodes = new Map<string, ServiceNode>();
  #revision: number | null = null;

  constructor(service: string) {
    this.#service = service;
  }

  /** The last revision seen; null before the first snapshot and after `forgetRevision`. */
  get revision(): number | null {
    return this.#revision;
  }

  /** The nodes by id. */
  list(): ServiceNode[] {
    return [...this.#nodes.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Keeps the nodes, but asks for a snapshot next time. */
  forgetRevision(): void {
    this.#revision = null;
  }

  /** @returns whether the service's nodes may have changed. */
  apply(event: RegistryEvent): boolean {
    if (event.kind === 'snapshot') {
      this.#replace(event);
      return true;
    }
    // Before a snapshot, a single change says nothing of the rest; after one, older changes are in it already.
    if (this.#revision === null || event.revision <= this.#revision) return false;
    this.#revision = event.revision;
    const { node, type } = event;
    if (type === 'removed' || type === 'expired' || node.service !== this.#service)
      return this.#nodes.delete(node.id);
    this.#nodes.set(node.id, node);
    return true;
  }

  /**
   * Takes the answer to a question for the changes after `revision`, or for everything when that is null.
   * @returns whether the service's nodes may have changed.
   */
  update(list: NodeList): boolean {
    const before = this.#revision === null ? null : this.#versions();
    this.#replace(list);
    return before !== this.#versions();
  }

  /** A snapshot is the server's word on everything, also when its revision is lower: the registry was made anew. */
  #replace({ nodes, revision }: Pick<NodeList, 'nodes' | 'revision'>): void {
    this.#revision = revision;
    this.#nodes.clear();
    for (const node of nodes) if (node.service === this.#service) this.#nodes.set(node.id, node);
  }

  /** Each change of a node gives it another revision. */
  #versions(): string {
    return this.list()
      .map(({ id, revision }) => `${id} ${revision}`)
      .join();
  }
}
