import type { Configuration, NodeId, Role } from '../src/raft/raft-types.ts';
import type { Chance } from './chance.ts';
import type { FaultKind, FaultPlan, Trigger } from './fault-plan.ts';
import { addition } from './operator.ts';
import type { Operator } from './operator.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface MisfortuneOptions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly plan: FaultPlan;
  readonly network: SimulatedNetwork;
  readonly nodes: readonly SimulatedNode[];
  readonly operator: Operator;
  readonly keepsIdentity: boolean;
  readonly trace: (line: string) => void;
}

interface Seen {
  readonly role: Role | null;
  readonly vote: NodeId | null;
  readonly commit: number;
  readonly leased: boolean;
  readonly members: Configuration | null;
}

const nothingSeen: Seen = { role: null, vote: null, commit: 0, leased: false, members: null };

/** Strikes: at random times, and at moments of the protocol. */
export class Misfortune {
  count = 0;
  ended = false;
  readonly #options: MisfortuneOptions;
  readonly #seen = new Map<NodeId, Seen>();
  #begun = false;
  #disks = 1;

  constructor(options: MisfortuneOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#begun = true;
    const { time, chance, plan } = this.#options;
    const again = (): void => {
      if (this.ended) return;
      if (plan.faults.length > 0) this.#strike(chance.pick(plan.faults), chance.pick(this.#running()));
      time.after(chance.between(0, plan.faultEveryMs * 2), again);
    };
    time.after(chance.between(0, plan.faultEveryMs), again);
  }

  /** Makes everything well again. */
  end(): void {
    this.ended = true;
    const { network, operator } = this.#options;
    this.#options.trace('all is well again');
    operator.ended = true;
    network.mendAll();
    for (const node of this.#running()) {
      node.disk.minWriteMs = 0.2;
      node.disk.maxWriteMs = 1;
      if (node.state === null) node.boot();
      else if (node.paused) node.resume(true);
    }
  }

  /** Looks whether a node has just reached a moment at which a fault is due. */
  noticed(node: SimulatedNode): void {
    if (!this.#begun || this.ended || node.state === null) return;
    const { plan, chance, time } = this.#options;
    if (plan.triggers.length === 0 || plan.faults.length === 0) return;
    const before = this.#seen.get(node.id) ?? nothingSeen;
    const { role, vote, commit, group } = node.state;
    const now: Seen = { role, vote, commit, leased: node.leaseEnd > time.now, members: group.members };
    this.#seen.set(node.id, now);
    const moment = momentBetween(before, now);
    if (moment === null || !plan.triggers.includes(moment) || !chance.happens(plan.triggerRate)) return;
    this.#strike(chance.pick(plan.faults), chance.happens(0.5) ? node : chance.pick(this.#running()));
  }

  #running(): SimulatedNode[] {
    return this.#options.nodes.filter(({ everBooted }) => everBooted);
  }

  #strike(kind: FaultKind, node: SimulatedNode): void {
    this.count += 1;
    this.#options.trace(`FAULT ${kind} ${node.id}`);
    // Not within the step that brought it on: a crash comes between two steps.
    this.#options.time.after(0, () => this.#carryOut(kind, node));
  }

  #carryOut(kind: FaultKind, node: SimulatedNode): void {
    const { time, chance, network } = this.#options;
    const others = this.#running().filter((other) => other !== node);
    switch (kind) {
      case 'crash':
        return this.#crash(node, () => undefined);
      case 'deaf-then-restart':
        return this.#deafenThenRestart(node);
      case 'pause':
        node.pause();
        return time.after(chance.between(50, 3_000), () => node.resume(chance.happens(0.5)));
      case 'one-way-cut': {
        const other = chance.pick(others);
        const [from, to] = chance.happens(0.5) ? [node, other] : [other, node];
        return this.#mendLater([network.cut(from.id, to.id)]);
      }
      case 'isolate':
        return this.#mendLater(others.flatMap((other) => this.#cutSome(node, other)));
      case 'split':
        return this.#split();
      case 'transfer':
        for (const leader of others.filter(({ state }) => state?.role === 'leader')) leader.transfer();
        return undefined;
      case 'lose-disk':
        return this.#loseDisk(node);
      case 'slow-disk':
        node.disk.maxWriteMs = chance.between(5, 400);
        return time.after(chance.between(500, 5_000), () => {
          node.disk.maxWriteMs = 1;
        });
      case 'wall-jump':
        node.wallOffsetMs += chance.between(-3_000, 3_000);
        return undefined;
      case 'change-voters':
        return this.#changeVoters(node);
    }
  }

  #split(): void {
    const nodes = this.#running();
    const middle = Math.floor(nodes.length / 2);
    const near = nodes.slice(0, middle);
    const far = nodes.slice(middle);
    this.#mendLater(near.flatMap((one) => far.flatMap((other) => this.#cutSome(one, other))));
  }

  #cutSome(one: SimulatedNode, other: SimulatedNode): (() => void)[] {
    const { chance, network } = this.#options;
    const both = chance.happens(0.6);
    const mends: (() => void)[] = [];
    if (both || chance.happens(0.5)) mends.push(network.cut(one.id, other.id));
    if (both || chance.happens(0.5)) mends.push(network.cut(other.id, one.id));
    return mends;
  }

  #mendLater(mends: readonly (() => void)[]): void {
    const { time, chance } = this.#options;
    time.after(chance.between(100, 5_000), () => {
      for (const mend of mends) mend();
    });
  }

  /** One node hears no leader and looks for votes; the others, which would refuse, forget why. */
  #deafenThenRestart(node: SimulatedNode): void {
    const { network, chance, time } = this.#options;
    const others = this.#running().filter((other) => other !== node);
    const leaders = others.filter(({ state }) => state?.role === 'leader');
    this.#mendLater(leaders.map(({ id }) => network.cut(id, node.id)));
    for (const other of others.filter((each) => !leaders.includes(each))) {
      time.after(chance.between(1_000, 2_500), () => {
        if (other.state === null) return;
        other.crash();
        time.after(chance.between(1, 50), () => {
          if (other.state === null) other.boot();
        });
      });
    }
  }

  #crash(node: SimulatedNode, whileDown: () => void): void {
    if (node.state === null) return;
    const { time, chance } = this.#options;
    node.crash();
    whileDown();
    time.after(chance.happens(0.5) ? chance.between(1, 100) : chance.between(100, 4_000), () => {
      if (node.state === null) node.boot();
    });
  }

  /** Replaces a voter, lets the group grow or shrink, or takes one out and in again. */
  #changeVoters(node: SimulatedNode): void {
    const { nodes, operator, chance } = this.#options;
    const spare = nodes.find(({ everBooted }) => !everBooted);
    const newcomer = spare ?? chance.pick(nodes);
    const kind = chance.integer(5);
    // Two plans at once must not come in each other's way.
    if (operator.busy > 1 || operator.replacingDisk) return;
    const remove = { kind: 'remove', id: node.id } as const;
    const add = addition(newcomer.id, null);
    if (kind === 0) operator.follow(chance.happens(0.5) ? [remove, add] : [add, remove]);
    else if (kind === 1) operator.follow([add]);
    else if (kind === 2) operator.follow([remove]);
    else if (kind === 3) operator.follow([remove, addition(node.id, null)]);
    else this.#removeInHaste();
  }

  /** Asks for several removals in one moment: only one may be taken. */
  #removeInHaste(): void {
    const { nodes, chance } = this.#options;
    for (const leader of nodes.filter(({ state }) => state?.role === 'leader')) {
      const others = leader.state?.group.peers ?? [];
      const removed = others.filter(() => chance.happens(0.6));
      for (const id of removed) leader.change({ kind: 'remove', id });
    }
  }

  /**
   * Only while every node knows, on its disk, which disk the voter is bound to, and the voters left are a majority in every
   * configuration that may still count: before that, and with a second disk lost before the first is replaced, no
   * protocol could tell. Then comes the operator's part.
   */
  #loseDisk(node: SimulatedNode): void {
    const { operator, keepsIdentity, time, chance } = this.#options;
    if (node.state === null || operator.busy > 0 || operator.replacingDisk || !this.#mayLoseDisk(node))
      return;
    this.#disks += 1;
    const storageId = keepsIdentity ? node.disk.storageId : `${node.id}-disk-${this.#disks}`;
    this.#crash(node, () => node.disk.lose(storageId));
    if (keepsIdentity) return;
    const pinned = chance.happens(0.5) ? storageId : null;
    operator.replacingDisk = true;
    time.after(chance.between(500, 6_000), () => {
      const done = (): void => void (operator.replacingDisk = false);
      operator.follow([{ kind: 'remove', id: node.id }, addition(node.id, pinned)], 1_000, done);
    });
  }

  #mayLoseDisk(node: SimulatedNode): boolean {
    return this.#running().every(({ disk, state }) => {
      const known = disk.configurations();
      if (state !== null && state.pendingConfigurations.length > 0) return false;
      return known.length > 0 && known.every((members) => this.#canSpare(members, node));
    });
  }

  #canSpare(members: Configuration, node: SimulatedNode): boolean {
    const voters = members.filter(({ voting }) => voting);
    const disks = new Map(this.#options.nodes.map(({ id, disk }) => [id, disk.storageId]));
    return (
      (voters.length > 2 || voters.every(({ id }) => id !== node.id)) &&
      members.every(({ id, storageId }) => storageId === disks.get(id))
    );
  }
}

function momentBetween(before: Seen, now: Seen): Trigger | null {
  if (now.role === 'leader' && before.role !== 'leader') return 'became-leader';
  if (now.role === 'candidate' && before.role !== 'candidate') return 'became-candidate';
  if (now.role === 'pre-candidate' && before.role !== 'pre-candidate') return 'lost-leader';
  if (now.leased && !before.leased) return 'got-lease';
  if (now.members !== before.members && before.members !== null) return 'configuration';
  if (now.vote !== null && now.vote !== before.vote) return 'voted';
  return now.commit > before.commit ? 'committed' : null;
}
