import type { Entry } from '../raft/raft-types.ts';
import type { StateMachine } from '../raft/node/state-machine.ts';
import { AnsweredCalls, type AnsweredCallsSnapshot } from './answered-calls.ts';
import { ChangeHistory } from './change-history.ts';
import { registryLimits } from './registry-types.ts';
import type {
  Broadcast,
  CallId,
  Registration,
  RegistryChange,
  RegistryCommand,
  RegistryNode,
  RegistryResult,
} from './registry-types.ts';

type KeptBroadcast = Broadcast & { readonly revision: number };

interface RegistrySnapshot {
  readonly revision: number;
  readonly nodes: readonly RegistryNode[];
  readonly broadcasts: readonly KeptBroadcast[];
  readonly calls: AnsweredCallsSnapshot;
}

/** Told of every change after it is made, and of a `reset` when the state was replaced as a whole. */
export interface RegistryWatcher {
  readonly onChange: (change: RegistryChange) => void;
  readonly onReset: () => void;
}

/** What is registered, as every coordinator keeps it: changed by the log alone. */
export class RegistryState implements StateMachine {
  readonly #nodes = new Map<string, RegistryNode>();
  readonly #broadcasts = new Map<string, KeptBroadcast>();
  readonly #calls = new AnsweredCalls();
  readonly #history = new ChangeHistory(registryLimits.historyLength);
  readonly #watchers = new Set<RegistryWatcher>();
  #revision = 0;

  /** Of the last change. */
  get revision(): number {
    return this.#revision;
  }

  get(id: string): RegistryNode | null {
    return this.#nodes.get(id) ?? null;
  }

  nodes(): IterableIterator<RegistryNode> {
    return this.#nodes.values();
  }

  /** The changes after `revision`, or null when they are not all known: take a snapshot then. */
  changesSince(revision: number): readonly RegistryChange[] | null {
    return this.#history.since(revision);
  }

  /** @returns what ends it. */
  watch(watcher: RegistryWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  apply(entry: Entry): RegistryResult | null {
    if (entry.kind !== 'command') return null;
    const command = JSON.parse(entry.data) as RegistryCommand;
    if (command.op === 'expire') return this.#expire(command.nodes);
    return this.#calls.once(command.call, () => this.#carryOut(command));
  }

  /** The answer to a command that was carried out before; null for one that was not. */
  answerTo(call: CallId): RegistryResult | null {
    return this.#calls.answerTo(call);
  }

  snapshot(): string {
    const snapshot: RegistrySnapshot = {
      revision: this.#revision,
      nodes: [...this.#nodes.values()],
      broadcasts: [...this.#broadcasts.values()],
      calls: this.#calls.snapshot(),
    };
    return JSON.stringify(snapshot);
  }

  restore(data: string): void {
    const { revision, nodes, broadcasts, calls } = JSON.parse(data) as RegistrySnapshot;
    this.#nodes.clear();
    for (const node of nodes) this.#nodes.set(node.id, node);
    this.#broadcasts.clear();
    for (const broadcast of broadcasts) this.#broadcasts.set(broadcast.id, broadcast);
    this.#calls.restore(calls);
    this.#revision = revision;
    this.#history.reset(revision);
    for (const watcher of this.#watchers) watcher.onReset();
  }

  #carryOut(command: Exclude<RegistryCommand, { op: 'expire' }>): RegistryResult {
    switch (command.op) {
      case 'put':
        return this.#put(command.registration, command.at);
      case 'remove':
        return this.#remove(command.id);
      default:
        return this.#broadcast(command.broadcast);
    }
  }

  #put(registration: Registration, at: string): RegistryResult {
    const known = this.#nodes.get(registration.id);
    if (known === undefined && this.#nodes.size >= registryLimits.maxNodes) return { outcome: 'full' };
    if (known !== undefined && !isSamePlace(known, registration)) return { outcome: 'id-taken', node: known };
    if (known !== undefined && isUnchanged(known, registration)) return { outcome: 'renewed', node: known };
    const registeredAt = known?.registeredAt ?? at;
    const node: RegistryNode = { ...registration, revision: this.#revision + 1, registeredAt };
    this.#nodes.set(node.id, node);
    const type = known === undefined ? 'registered' : 'updated';
    this.#tell((revision) => ({ kind: 'node', type, node, revision }));
    return { outcome: type, node };
  }

  #remove(id: string): RegistryResult {
    const node = this.#nodes.get(id);
    if (node === undefined) return { outcome: 'unknown' };
    this.#nodes.delete(id);
    this.#tell((revision) => ({ kind: 'node', type: 'removed', node, revision }));
    return { outcome: 'removed', node };
  }

  #expire(nodes: readonly (readonly [string, number])[]): RegistryResult {
    let count = 0;
    for (const [id, atRevision] of nodes) {
      const node = this.#nodes.get(id);
      if (node?.revision !== atRevision) continue;
      this.#nodes.delete(id);
      this.#tell((revision) => ({ kind: 'node', type: 'expired', node, revision }));
      count += 1;
    }
    return { outcome: 'expired', count };
  }

  #broadcast(broadcast: Broadcast): RegistryResult {
    const known = this.#broadcasts.get(broadcast.id);
    if (known !== undefined) {
      const { revision, ...first } = known;
      return { outcome: 'repeated', broadcast: first, revision };
    }
    const [oldest] = this.#broadcasts.keys();
    if (oldest !== undefined && this.#broadcasts.size >= registryLimits.keptBroadcasts) {
      this.#broadcasts.delete(oldest);
    }
    this.#broadcasts.set(broadcast.id, { ...broadcast, revision: this.#revision + 1 });
    this.#tell((revision) => ({ kind: 'broadcast', broadcast, revision }));
    return { outcome: 'broadcast', broadcast, revision: this.#revision };
  }

  #tell(make: (revision: number) => RegistryChange): void {
    this.#revision += 1;
    const change = make(this.#revision);
    this.#history.push(change);
    for (const watcher of this.#watchers) watcher.onChange(change);
  }
}

function isSamePlace(known: Registration, given: Registration): boolean {
  return known.service === given.service && known.host === given.host && known.port === given.port;
}

/** Whether a registration says nothing new, so that it only renews the lease. */
export function isUnchanged(known: Registration, given: Registration): boolean {
  if (!isSamePlace(known, given) || known.state !== given.state || known.ttlMs !== given.ttlMs) return false;
  const keys = Object.keys(given.metadata);
  return (
    keys.length === Object.keys(known.metadata).length &&
    keys.every((key) => known.metadata[key] === given.metadata[key])
  );
}
