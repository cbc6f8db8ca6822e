import type { RegistryWatcher } from '../registry/registry-state.ts';
import {
  registryLimits,
  type Broadcast,
  type RegistryChange,
  type RegistryNode,
} from '../registry/registry-types.ts';
import type { EtcdKey } from './etcd-json.ts';
import type { EtcdEvent } from './etcd-mirror.ts';
import { decodeBroadcast, decodeNode, type KeptNode } from './registry-records.ts';

/** The registry as etcd's keys tell it. Its revisions are etcd's: they rise with each change, by one or more. */
export class RegistryMirror {
  readonly #nodePrefix: string;
  readonly #broadcastPrefix: string;
  readonly #nodes = new Map<string, KeptNode>();
  readonly #watchers = new Set<RegistryWatcher>();
  #history: RegistryChange[] = [];
  /** Every change after this revision is in the history. */
  #floor = 0;
  #revision = 0;

  constructor(nodePrefix: string, broadcastPrefix: string) {
    this.#nodePrefix = nodePrefix;
    this.#broadcastPrefix = broadcastPrefix;
  }

  /** What the copy stands at. */
  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#nodes.size;
  }

  get(id: string): KeptNode | null {
    return this.#nodes.get(id) ?? null;
  }

  nodes(): RegistryNode[] {
    return [...this.#nodes.values()].map(({ node }) => node);
  }

  changesSince(revision: number): readonly RegistryChange[] | null {
    if (revision < this.#floor || revision > this.#revision) return null;
    return this.#history.filter((change) => change.revision > revision);
  }

  watch(watcher: RegistryWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  reset(keys: readonly EtcdKey[], revision: number): void {
    this.#nodes.clear();
    for (const key of keys) {
      const kept = this.#isNode(key) ? decodeNode(key) : null;
      if (kept !== null && !kept.isRemoved) this.#nodes.set(kept.node.id, kept);
    }
    this.#history = [];
    this.#floor = revision;
    this.#revision = revision;
    for (const watcher of this.#watchers) watcher.onReset();
  }

  /**
   * All events of a revision were applied. Those of other keys count, too: a reader that begins at one coordinator, with
   * the revision that it has read everything at, must be able to go on at another.
   */
  reach(revision: number): void {
    this.#revision = revision;
  }

  apply(event: EtcdEvent): void {
    if (this.#isNode(event.now)) this.#applyNode(event);
    else if (event.type === 'put' && event.now.key.startsWith(this.#broadcastPrefix)) {
      const broadcast: Broadcast | null = decodeBroadcast(event.now);
      if (broadcast !== null) this.#tell({ kind: 'broadcast', broadcast, revision: event.now.modRevision });
    }
  }

  #applyNode({ type, now }: EtcdEvent): void {
    const revision = now.modRevision;
    const id = now.key.slice(this.#nodePrefix.length);
    const known = this.#nodes.get(id);
    if (type === 'put') {
      const kept = decodeNode(now);
      if (kept === null) return;
      if (!kept.isRemoved) {
        this.#nodes.set(id, kept);
        this.#tell({
          kind: 'node',
          type: known === undefined ? 'registered' : 'updated',
          node: kept.node,
          revision,
        });
        return;
      }
    }
    // Gone: marked as removed first, and deleted then; a deletion without the mark is a lease that ran out.
    if (known === undefined) return;
    this.#nodes.delete(id);
    this.#tell({ kind: 'node', type: type === 'put' ? 'removed' : 'expired', node: known.node, revision });
  }

  #tell(change: RegistryChange): void {
    this.#revision = change.revision;
    this.#history.push(change);
    if (this.#history.length >= registryLimits.historyLength * 2) {
      this.#history = this.#history.slice(-registryLimits.historyLength);
      this.#floor = (this.#history[0]?.revision ?? 1) - 1;
    }
    for (const watcher of this.#watchers) watcher.onChange(change);
  }

  #isNode({ key }: EtcdKey): boolean {
    return key.startsWith(this.#nodePrefix);
  }
}
