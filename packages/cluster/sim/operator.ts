import type { Configuration, NodeId, VoterChange } from '../src/raft/raft-types.ts';
import type { Chance } from './chance.ts';
import { addressOf } from './simulated-node.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface OperatorOptions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly nodes: readonly SimulatedNode[];
  readonly trace: (line: string) => void;
}

/** Tries for one step before the operator gives the rest up. */
const maxTries = 30;

/** A person that changes the group: asks whoever says it leads, and repeats each step until it has taken. */
export class Operator {
  /** Plans under way. */
  busy = 0;
  /** A lost disk waits for its replacement: a majority may not outlive another loss, or a change besides. */
  replacingDisk = false;
  ended = false;
  readonly #options: OperatorOptions;

  constructor(options: OperatorOptions) {
    this.#options = options;
  }

  /** Carries out changes one after another, each after the one before is committed. */
  follow(changes: readonly VoterChange[], tries = maxTries, whenDone: () => void = () => undefined): void {
    this.busy += 1;
    this.#next(changes, tries, whenDone);
  }

  #next([change, ...rest]: readonly VoterChange[], tries: number, whenDone: () => void): void {
    if (change === undefined || this.ended) {
      this.busy -= 1;
      return whenDone();
    }
    if (change.kind === 'put') this.#bootNew(change.id);
    this.#attempt(change, tries, () => this.#next(rest, tries, whenDone));
  }

  #attempt(change: VoterChange, triesLeft: number, done: () => void): void {
    const { time, chance, nodes, trace } = this.#options;
    if (this.ended || triesLeft === 0) {
      this.busy -= 1;
      return;
    }
    if (this.#hasTaken(change)) return done();
    trace(`OPERATOR ${change.kind} ${change.id}`);
    for (const node of nodes) if (node.state?.role === 'leader') node.change(change);
    time.after(chance.between(100, 1_500), () => this.#attempt(change, triesLeft - 1, done));
  }

  #hasTaken(change: VoterChange): boolean {
    const members = this.committed();
    const member = members?.find(({ id }) => id === change.id);
    if (members === null) return false;
    return change.kind === 'remove' ? member === undefined : member !== undefined;
  }

  /** The configuration that a leader in possession of a lease has committed. */
  committed(): Configuration | null {
    const { nodes, time } = this.#options;
    const leader = nodes.find(({ leaseEnd }) => leaseEnd > time.now);
    return leader?.state?.committedConfiguration.members ?? null;
  }

  #bootNew(id: NodeId): void {
    const node = this.#options.nodes.find((each) => each.id === id);
    if (node !== undefined && !node.everBooted) node.boot();
  }
}

/** The change that adds a node. */
export function addition(id: NodeId, storageId: string | null): VoterChange {
  return { kind: 'put', ...addressOf(id), storageId };
}
