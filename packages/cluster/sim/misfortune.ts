import type { NodeId, Role } from '../src/raft/raft-types.ts';
import type { Chance } from './chance.ts';
import type { FaultKind, FaultPlan, Trigger } from './fault-plan.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface MisfortuneOptions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly plan: FaultPlan;
  readonly network: SimulatedNetwork;
  readonly nodes: readonly SimulatedNode[];
  readonly keepsIdentity: boolean;
  readonly trace: (line: string) => void;
}

interface Seen {
  readonly role: Role | null;
  readonly vote: NodeId | null;
  readonly commit: number;
  readonly leased: boolean;
}

const nothingSeen: Seen = { role: null, vote: null, commit: 0, leased: false };

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
    const { time, chance, plan, nodes } = this.#options;
    const again = (): void => {
      if (this.ended) return;
      if (plan.faults.length > 0) this.#strike(chance.pick(plan.faults), chance.pick(nodes));
      time.after(chance.between(0, plan.faultEveryMs * 2), again);
    };
    time.after(chance.between(0, plan.faultEveryMs), again);
  }

  /** Makes everything well again. */
  end(): void {
    this.ended = true;
    const { network, nodes } = this.#options;
    this.#options.trace('all is well again');
    network.mendAll();
    for (const node of nodes) {
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
    const before = this.#seen.get(node.id) ?? nothingSeen;
    const { role, vote, commit } = node.state;
    const now: Seen = { role, vote, commit, leased: node.leaseEnd > time.now };
    this.#seen.set(node.id, now);
    const moment = momentBetween(before, now);
    if (moment === null || !plan.triggers.includes(moment) || !chance.happens(plan.triggerRate)) return;
    if (plan.faults.length === 0) return;
    this.#strike(chance.pick(plan.faults), chance.happens(0.5) ? node : chance.pick(this.#options.nodes));
  }

  #strike(kind: FaultKind, node: SimulatedNode): void {
    this.count += 1;
    this.#options.trace(`FAULT ${kind} ${node.id}`);
    // Not within the step that brought it on: a crash comes between two steps.
    this.#options.time.after(0, () => this.#carryOut(kind, node));
  }

  #carryOut(kind: FaultKind, node: SimulatedNode): void {
    const { time, chance, network, nodes } = this.#options;
    const others = nodes.filter((other) => other !== node);
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
        return this.#mendLater(
          nodes
            .slice(0, Math.floor(nodes.length / 2))
            .flatMap((near) =>
              nodes.slice(Math.floor(nodes.length / 2)).flatMap((far) => this.#cutSome(near, far)),
            ),
        );
      case 'transfer':
        for (const leader of nodes.filter(({ state }) => state?.role === 'leader')) leader.transfer();
        return undefined;
      case 'lose-disk':
        return this.#loseDisk(node);
      case 'slow-disk':
        node.disk.maxWriteMs = chance.between(5, 400);
        return time.after(chance.between(500, 5_000), () => {
          node.disk.maxWriteMs = 1;
        });
    }
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
    const { nodes, network, chance, time } = this.#options;
    const leaders = nodes.filter((other) => other !== node && other.state?.role === 'leader');
    this.#mendLater(leaders.map(({ id }) => network.cut(id, node.id)));
    for (const other of nodes.filter((each) => each !== node && !leaders.includes(each))) {
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

  /**
   * Only while every disk is known to every node as the one its voter is bound to: before that, and with a second disk
   * lost before the first is replaced, no protocol could tell.
   */
  #loseDisk(node: SimulatedNode): void {
    const { nodes, keepsIdentity, time, chance } = this.#options;
    const allBound = nodes.every(({ disk: witness }) => {
      const known = witness.bindings();
      return nodes.every(({ id, disk }) => known.get(id) === disk.storageId);
    });
    if (!allBound || node.state === null) return;
    this.#disks += 1;
    const storageId = keepsIdentity ? node.disk.storageId : `${node.id}-disk-${this.#disks}`;
    this.#crash(node, () => node.disk.lose(storageId));
    if (!keepsIdentity) time.after(chance.between(500, 6_000), () => this.#rebind(node, storageId));
  }

  /** The operator's part, repeated until it has taken. */
  #rebind(node: SimulatedNode, storageId: string): void {
    const { nodes, time } = this.#options;
    if (nodes.some(({ state }) => state?.storages.get(node.id) === storageId)) return;
    for (const leader of nodes.filter(({ leaseEnd }) => leaseEnd > time.now))
      leader.rebind(node.id, storageId);
    time.after(1_000, () => this.#rebind(node, storageId));
  }
}

function momentBetween(before: Seen, now: Seen): Trigger | null {
  if (now.role === 'leader' && before.role !== 'leader') return 'became-leader';
  if (now.role === 'candidate' && before.role !== 'candidate') return 'became-candidate';
  if (now.role === 'pre-candidate' && before.role !== 'pre-candidate') return 'lost-leader';
  if (now.leased && !before.leased) return 'got-lease';
  if (now.vote !== null && now.vote !== before.vote) return 'voted';
  return now.commit > before.commit ? 'committed' : null;
}
