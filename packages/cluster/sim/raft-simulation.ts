import { seededRng } from '@hanok/testkit';
import type { Entry, NodeId } from '../src/raft/raft-types.ts';
import { Chance } from './chance.ts';
import { describeMessage, describeState } from './describe.ts';
import { Checkers } from './checkers.ts';
import { drawFaultPlan } from './fault-plan.ts';
import type { FaultPlan } from './fault-plan.ts';
import { Misfortune } from './misfortune.ts';
import { Operator } from './operator.ts';
import type { Mutation } from './mutation.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { fairWeather, SimulatedNetwork } from './simulated-network.ts';
import { SimulatedNode } from './simulated-node.ts';
import { Violation } from './violation.ts';
import { VirtualTime } from './virtual-time.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly mutation?: Mutation | null;
  /** Milliseconds of misfortune before everything is healed. Default 20,000. */
  readonly troubleMs?: number;
  /** Gets one line for each thing that happens. */
  readonly trace?: (line: string) => void;
}

/** What a run came to. */
export interface SimulationResult {
  readonly violation: Violation | null;
  readonly leases: number;
  readonly acknowledged: number;
  /** Changes of the configuration that were committed. */
  readonly configurations: number;
  readonly faults: number;
}

/** After healing, a leader must be there within this time (of which one election timeout is the promise not to vote). */
const healMs = 8_000;

/** So long must a leader stand for the group to count as settled: nothing that was under way unseats it. */
const settledMs = 2_500;
const lookEveryMs = 100;

/** By then the last of the nodes must have caught up, be it by a snapshot that was lost once. */
const catchUpMs = 7_000;

/** Nodes that wait to be added to the group. */
const spares = 2;

interface Proposed {
  readonly node: NodeId;
  readonly term: number;
  readonly data: string;
}

/** One seeded run of a whole Raft group under misfortune. The same seed gives the same run, to the last message. */
export class RaftSimulation {
  readonly nodes: SimulatedNode[] = [];
  readonly #time = new VirtualTime();
  readonly #chance: Chance;
  readonly #plan: FaultPlan;
  readonly #network: SimulatedNetwork;
  readonly #checkers = new Checkers();
  readonly #misfortune: Misfortune;
  readonly #proposed = new Map<number, Proposed>();
  readonly #options: SimulationOptions;
  readonly #told = new Map<NodeId, string>();
  #commands = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#chance = new Chance(seededRng(options.seed));
    this.#plan = drawFaultPlan(this.#chance);
    this.#network = new SimulatedNetwork(
      this.#time,
      this.#chance,
      (to, message) => {
        if (this.#options.trace !== undefined) {
          this.#trace(describeMessage(to, message));
        }
        this.#node(to)?.receive(message);
      },
      (from, to) => this.#node(from)?.unreachable(to),
    );
    this.#network.cutsStopFlights = this.#plan.cutsStopFlights;
    const trace = (line: string): void => this.#trace(line);
    const shared = { time: this.#time, chance: this.#chance, nodes: this.nodes, trace };
    this.#misfortune = new Misfortune({
      ...shared,
      plan: this.#plan,
      network: this.#network,
      operator: new Operator(shared),
      keepsIdentity: options.mutation?.keepsIdentity === true,
    });
    this.#addNodes();
  }

  run(): SimulationResult {
    let violation: Violation | null = null;
    try {
      this.#runToEnd();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      violation = error;
      this.#trace(`VIOLATION ${error.message}`);
    }
    const { leases, acknowledgements, configurations } = this.#checkers;
    return {
      violation,
      leases,
      acknowledged: acknowledgements,
      configurations,
      faults: this.#misfortune.count,
    };
  }

  #node(id: NodeId): SimulatedNode | undefined {
    return this.nodes.find((node) => node.id === id);
  }

  #addNodes(): void {
    const { mutation = null, seed } = this.#options;
    const ids = Array.from({ length: this.#plan.voters + spares }, (_, position) => `n${position + 1}`);
    const voters = ids.slice(0, this.#plan.voters);
    const driftRate = mutation?.driftRate ?? this.#plan.driftRate;
    for (const id of ids) {
      const node = new SimulatedNode({
        id,
        voters: voters.includes(id) ? voters : [],
        time: this.#time,
        disk: new SimulatedDisk(this.#time, this.#chance, `${id}-disk-1`),
        observer: {
          onSend: (to, message) => this.#network.send(to, message),
          onApply: (applier, entry) => this.#onApply(applier, entry),
          onStep: (stepper) => this.#onStep(stepper),
        },
        mutation,
        seed: seed * 1_000 + this.nodes.length * 100,
        clockRate: 1 + this.#chance.between(-driftRate, driftRate),
        clockOffsetMs: this.#chance.between(0, 1e6),
        compactAfter: this.#plan.compactAfter,
      });
      this.nodes.push(node);
    }
  }

  #runToEnd(): void {
    const { troubleMs = 20_000 } = this.#options;
    this.#trace(`plan ${JSON.stringify(this.#plan)}`);
    for (const node of this.nodes.slice(0, this.#plan.voters)) node.boot();
    this.#time.runUntil(3_000);
    this.#misfortune.begin();
    this.#network.weather = this.#plan.weather;
    this.#proposeFrom(this.#time.now);
    this.#time.runUntil(this.#time.now + troubleMs);
    this.#misfortune.end();
    this.#network.weather = fairWeather;
    this.#checkEnd(this.#checkers.ledAgain(this.#untilLed(), healMs));
  }

  /** Lets time pass until one leads, and has for a while. @returns the term; null when it does not come to that. */
  #untilLed(): number | null {
    const deadline = this.#time.now + healMs + settledMs;
    let led = 0;
    let since = this.#time.now;
    while (this.#time.now < deadline) {
      const [leader, ...others] = this.#leaders();
      const term = others.length > 0 || !this.#stays(leader) ? 0 : (leader?.state?.term ?? 0);
      if (term === 0 || term !== led) {
        led = term;
        since = this.#time.now;
      } else if (this.#time.now - since >= settledMs) {
        return term;
      }
      this.#time.runUntil(this.#time.now + lookEveryMs);
    }
    return null;
  }

  /** One that is removing itself will hand over, as soon as that is committed. */
  #stays(leader: SimulatedNode | undefined): boolean {
    return leader?.state?.group.voters.includes(leader.id) === true;
  }

  #checkEnd(term: number): void {
    const before = this.#checkers.acknowledgements;
    for (const leader of this.#leaders()) this.#propose(leader);
    const deadline = this.#time.now + catchUpMs;
    do this.#time.runUntil(this.#time.now + settledMs);
    while (this.#time.now < deadline && !this.#hasCaughtUp());
    this.#checkers.decides(before);
    const [later] = this.#leaders();
    this.#checkers.stillLed(term, later?.state?.term ?? null);
    this.#checkers.logsMatch(this.nodes);
    this.#checkers.converged(this.#group(later));
  }

  #hasCaughtUp(): boolean {
    const [leader] = this.#leaders();
    const commit = leader?.state?.commit;
    return this.#group(leader).every(({ state }) => state !== null && state.commit === commit);
  }

  #leaders(): SimulatedNode[] {
    return this.nodes.filter(({ leaseEnd }) => leaseEnd > this.#time.now);
  }

  /** The nodes that the leader counts, or will. */
  #group(leader: SimulatedNode | undefined): SimulatedNode[] {
    const members = leader?.state?.group.members ?? [];
    return this.nodes.filter((node) => members.some(({ id }) => id === node.id));
  }

  #proposeFrom(start: number): void {
    const again = (): void => {
      const open = this.nodes.filter(({ state, paused }) => state?.role === 'leader' && !paused);
      for (const node of open) this.#propose(node);
      if (!this.#misfortune.ended)
        this.#time.after(this.#chance.between(0, this.#plan.proposeEveryMs * 2), again);
    };
    this.#time.at(start, again);
  }

  #propose(node: SimulatedNode): void {
    this.#commands += 1;
    const data = `c${this.#commands}`;
    const place = node.propose(data);
    if (place !== null) this.#proposed.set(place.index, { node: node.id, term: place.term, data });
  }

  #onApply(node: SimulatedNode, entry: Entry): void {
    this.#checkers.applied(node, entry);
    const proposed = this.#proposed.get(entry.index);
    if (proposed?.node !== node.id || proposed.term !== entry.term || proposed.data !== entry.data) return;
    this.#proposed.delete(entry.index);
    this.#checkers.acknowledged(entry.index, entry.data);
  }

  #onStep(node: SimulatedNode): void {
    if (this.#options.trace !== undefined) this.#traceState(node);
    this.#checkers.leaderSeen(node);
    this.#checkers.leaseSeen(node, this.nodes, this.#time.now);
    this.#misfortune.noticed(node);
  }

  #traceState(node: SimulatedNode): void {
    const state = node.state === null ? 'down' : describeState(node.state);
    if (this.#told.get(node.id) === state) return;
    this.#told.set(node.id, state);
    this.#trace(`  ${node.id} is ${state}`);
  }

  #trace(line: string): void {
    this.#options.trace?.(`${this.#time.now.toFixed(2).padStart(10)} ${line}`);
  }
}

/** Runs one seed. */
export function simulateRaft(options: SimulationOptions): SimulationResult {
  return new RaftSimulation(options).run();
}
