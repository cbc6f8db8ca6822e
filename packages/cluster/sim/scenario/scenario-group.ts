import { seededRng } from '@hanok/testkit';
import type { Entry, NodeId, RaftMessage } from '../../src/raft/raft-types.ts';
import { Chance } from '../chance.ts';
import { Checkers } from '../checkers.ts';
import type { Mutation } from '../mutation.ts';
import { SimulatedDisk } from '../simulated-disk.ts';
import { SimulatedNetwork } from '../simulated-network.ts';
import { SimulatedNode } from '../simulated-node.ts';
import { VirtualTime } from '../virtual-time.ts';

export interface ScenarioGroupOptions {
  readonly voters: readonly NodeId[];
  readonly mutation: Mutation | null;
  /** Entries in one append message; few of them tell the steps of a replication apart. */
  readonly batch: number | null;
  /** Committed entries after which the log is compacted. */
  readonly compactAfter: number;
}

/** Every message takes a millisecond, every write less; so a scenario goes the same way each time. */
const delayMs = 1;
const writeMs = 0.1;

/** Nodes that do as a scenario says, on a calm network, watched by the checkers of the simulation. */
export class ScenarioGroup {
  readonly time = new VirtualTime();
  readonly nodes = new Map<NodeId, SimulatedNode>();
  readonly #options: ScenarioGroupOptions;
  readonly #chance = new Chance(seededRng('scenario'));
  readonly #network: SimulatedNetwork;
  readonly #checkers = new Checkers();
  /** By sender: its messages arrive without the entries from there on. */
  readonly #withheld = new Map<NodeId, number>();
  readonly #proposed = new Map<string, NodeId>();
  #disks = 1;

  constructor(options: ScenarioGroupOptions) {
    this.#options = options;
    this.#network = new SimulatedNetwork(
      this.time,
      this.#chance,
      (to, message) => this.nodes.get(to)?.receive(message),
      () => undefined,
    );
    this.#network.weather = { ...this.#network.weather, minDelayMs: delayMs, maxDelayMs: delayMs };
    for (const id of options.voters) this.add(id, options.voters).boot();
  }

  /** Makes a node that is not running yet. Without `voters` it waits to be added to the group. */
  add(id: NodeId, voters: readonly NodeId[] = []): SimulatedNode {
    const { mutation, batch, compactAfter } = this.#options;
    const config = batch === null ? mutation?.config : { ...mutation?.config, maxAppendEntries: batch };
    const disk = new SimulatedDisk(this.time, this.#chance, `${id}-disk-1`);
    disk.minWriteMs = writeMs;
    disk.maxWriteMs = writeMs;
    const node = new SimulatedNode({
      id,
      voters,
      time: this.time,
      disk,
      observer: {
        onSend: (to, message) => this.#send(to, message),
        onApply: (applier, entry) => this.#applied(applier, entry),
        onStep: (stepper) => this.#looked(stepper),
      },
      mutation: config === undefined ? mutation : { ...(mutation ?? faithful), config },
      seed: this.nodes.size * 100,
      clockRate: 1,
      clockOffsetMs: 0,
      compactAfter,
    });
    this.nodes.set(id, node);
    return node;
  }

  propose(node: SimulatedNode, command: string): boolean {
    if (node.propose(command) === null) return false;
    this.#proposed.set(command, node.id);
    return true;
  }

  cut(from: NodeId, to: NodeId): void {
    this.#network.cut(from, to);
  }

  mend(): void {
    this.#network.mendAll();
    this.#withheld.clear();
  }

  withhold(from: NodeId, index: number): void {
    this.#withheld.set(from, index);
  }

  /** The disk is gone and an empty one in its place; only while the node is down. */
  loseDisk(node: SimulatedNode): void {
    this.#disks += 1;
    const keeps = this.#options.mutation?.keepsIdentity === true;
    node.disk.lose(keeps ? node.disk.storageId : `${node.id}-disk-${this.#disks}`);
  }

  #send(to: NodeId, message: RaftMessage): void {
    const limit = this.#withheld.get(message.from);
    if (limit === undefined || message.type !== 'append') {
      this.#network.send(to, message);
    } else {
      this.#network.send(to, { ...message, entries: message.entries.filter(({ index }) => index < limit) });
    }
  }

  #applied(node: SimulatedNode, entry: Entry): void {
    this.#checkers.applied(node, entry);
    if (this.#proposed.get(entry.data) === node.id) this.#checkers.acknowledged(entry.index, entry.data);
  }

  #looked(node: SimulatedNode): void {
    this.#checkers.leaderSeen(node);
    this.#checkers.leaseSeen(node, [...this.nodes.values()], this.time.now);
  }
}

const faithful: Mutation = { name: 'faithful', kind: 'raft', caughtBy: null, mistake: '' };
