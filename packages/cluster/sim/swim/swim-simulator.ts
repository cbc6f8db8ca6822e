import { hashOfId } from '../../src/swim/id-hash.ts';
import { liveDigest } from '../../src/swim/live-digest.ts';
import { SeededRandom } from '../../src/swim/random.ts';
import { nextWakeAt, step } from '../../src/swim/step.ts';
import { decodeMembers, decodePacket, encodeMembers, encodePacket } from '../../src/swim/swim-codec.ts';
import { swimPresets, type SwimConfig } from '../../src/swim/swim-config.ts';
import { createSwimState, wholeState, type SwimState } from '../../src/swim/swim-state.ts';
import type {
  Address,
  Liveness,
  Member,
  MemberChange,
  SwimEffect,
  SwimEvent,
} from '../../src/swim/swim-types.ts';
import { maxDatagramPayloadBytes } from '../../src/wire/datagram-box.ts';
import { SwimNetwork } from './swim-network.ts';
import { TimedQueue } from './timed-queue.ts';

type EventBody = SwimEvent extends infer E ? (E extends SwimEvent ? Omit<E, 'now'> : never) : never;

/** Something that a member found out. */
export interface Observation {
  readonly at: number;
  readonly observer: string;
  readonly change: MemberChange | 'conflict' | 'departed';
  readonly id: string;
}

/** How to start a member. */
export interface StartOptions {
  readonly incarnation?: number;
  readonly port?: number;
  readonly metadata?: Uint8Array;
  /** Members it knows from the start. Default none. */
  readonly known?: readonly Member[];
}

interface Process {
  readonly id: string;
  readonly address: Address;
  readonly state: SwimState;
  running: boolean;
  stalledUntil: number;
  /** What came while it was stalled; handled when it goes on, after the timers that are past. */
  readonly waiting: (() => void)[];
  /** How long it takes for each of `waiting`. */
  handlingMs: number;
  /** Changes with each start, so that nothing meant for an earlier life arrives. */
  life: number;
  /** When it is looked at next; what is planned for later needs no second plan. */
  plannedAt: number;
}

const nobody = new Uint8Array(0);

/**
 * Members in virtual time, with a network between them that does as the caller says. Every packet is encoded and
 * decoded as it is between processes. The same seed gives the same run.
 */
export class SwimSimulator {
  readonly observations: Observation[] = [];
  /** Stands between an event and the member it is for: to break the protocol and see who notices. */
  tamper: (state: SwimState, event: SwimEvent) => SwimEvent = (_state, event) => event;
  readonly network: SwimNetwork;
  now = 0;
  readonly #config: SwimConfig;
  readonly #random: SeededRandom;
  readonly #queue = new TimedQueue();
  readonly #processes = new Map<string, Process>();
  /** By host, then by port. */
  readonly #byAddress = new Map<string, Map<number, Process>>();

  constructor(seed: number | string, config: SwimConfig = swimPresets.lan) {
    this.#random = new SeededRandom(typeof seed === 'number' ? seed : hashOfId(seed));
    this.network = new SwimNetwork(this.#random);
    this.#config = config;
  }

  get ids(): string[] {
    return [...this.#processes.keys()];
  }

  /** Starts members that join by the first one, all at once. */
  startAll(count: number): this {
    for (let index = 0; index < count; index += 1) this.start(`m${index}`, index === 0 ? [] : ['m0']);
    return this;
  }

  /** Starts members that know each other already. */
  startKnown(count: number): this {
    const members = Array.from({ length: count }, (_, index): Member => {
      const id = `m${index}`;
      return { id, address: addressOf(id), liveness: 'alive', incarnation: 1, metadata: nobody };
    });
    for (const { id } of members) this.start(id, [], { incarnation: 1, known: members });
    return this;
  }

  start(id: string, seeds: readonly string[], options: StartOptions = {}): void {
    const address = addressOf(id, options.port);
    const before = this.#processes.get(id);
    const state = createSwimState({
      id,
      address,
      metadata: options.metadata ?? nobody,
      config: this.#config,
      incarnation: options.incarnation ?? 1_000 + Math.floor(this.now),
      seed: this.#random.below(2 ** 32),
      now: this.now,
      packetBytes: maxDatagramPayloadBytes,
      known: options.known,
    });
    const life = (before?.life ?? 0) + 1;
    const process = {
      id,
      address,
      state,
      running: true,
      stalledUntil: 0,
      waiting: [],
      handlingMs: 0,
      life,
      plannedAt: Infinity,
    };
    this.#processes.set(id, process);
    const atHost = this.#byAddress.get(address.host) ?? new Map<number, Process>();
    this.#byAddress.set(address.host, atHost.set(address.port, process));
    this.#plan(process);
    if (seeds.length > 0)
      this.give(id, { type: 'join', seeds: seeds.map((seed) => this.#process(seed).address) });
  }

  crash(id: string): void {
    const process = this.#process(id);
    process.running = false;
    process.life += 1;
  }

  /**
   * Stops a process for a while: its timers are past when it goes on, and what it was sent still waits.
   * @param handlingMs how long it then takes for each message that waits; a busy processor takes its time.
   */
  stall(id: string, forMs: number, handlingMs = 0): void {
    const process = this.#process(id);
    process.stalledUntil = this.now + forMs;
    process.handlingMs = handlingMs;
    const { life } = process;
    this.#queue.add(process.stalledUntil, () => {
      if (process.life !== life || process.stalledUntil > this.now) return;
      this.give(id, { type: 'tick' });
      this.#handleWaiting(process);
    });
  }

  #handleWaiting(process: Process): void {
    const { life, handlingMs, waiting } = process;
    const atOnce = handlingMs === 0 ? waiting.length : 1;
    for (const handle of waiting.splice(0, atOnce)) handle();
    if (waiting.length === 0) return;
    this.#queue.add(this.now + handlingMs, () => {
      if (process.life === life && this.now >= process.stalledUntil) this.#handleWaiting(process);
    });
  }

  cut(from: readonly string[], to: readonly string[]): void {
    this.network.cut(from, to);
  }

  cutBoth(some: readonly string[], others: readonly string[]): void {
    this.network.cut(some, others);
    this.network.cut(others, some);
  }

  heal(): void {
    this.network.heal();
  }

  state(id: string): SwimState {
    return this.#process(id).state;
  }

  /** What `observer` holds `id` to be. */
  liveness(observer: string, id: string): Liveness | undefined {
    return this.state(observer).members.get(id)?.liveness;
  }

  /** Whether all running members hold each other alive, and nobody else. */
  get converged(): boolean {
    const running = [...this.#processes.values()].filter(
      (process) => process.running && !process.state.departed,
    );
    return running.every(
      ({ id: observer, state }) =>
        state.liveCount === running.length - 1 &&
        running.every(({ id }) => id === observer || state.members.get(id)?.liveness === 'alive'),
    );
  }

  seen(change: Observation['change'], id?: string): Observation[] {
    return this.observations.filter((seen) => seen.change === change && (id === undefined || seen.id === id));
  }

  /** Lets time pass. */
  run(forMs: number): this {
    const until = this.now + forMs;
    let atOnce = 0;
    for (;;) {
      const next = this.#queue.takeUntil(until);
      if (next === null) break;
      atOnce = next.at === this.now ? atOnce + 1 : 0;
      if (atOnce > 1_000_000) throw new Error(`time stands still at ${this.now} ms`);
      this.now = next.at;
      next.run();
    }
    this.now = until;
    return this;
  }

  /** Lets time pass until the condition holds. @returns how long it took; null when it did not come in time. */
  runUntil(condition: () => boolean, limitMs: number): number | null {
    const startedAt = this.now;
    while (!condition()) {
      if (this.now - startedAt >= limitMs) return null;
      this.run(50);
    }
    return this.now - startedAt;
  }

  /** Gives an event to a member, as its process would. */
  give(id: string, body: EventBody): void {
    this.#give(this.#process(id), { ...body, now: this.now });
  }

  #give(process: Process, event: SwimEvent): void {
    if (!process.running) return;
    for (const effect of step(process.state, this.tamper(process.state, event)))
      this.#perform(process, effect);
    this.#plan(process);
  }

  #process(id: string): Process {
    const process = this.#processes.get(id);
    if (process === undefined) throw new Error(`no member ${id}`);
    return process;
  }

  #plan(process: Process): void {
    const at = Math.max(this.now, nextWakeAt(process.state));
    if (at >= process.plannedAt || at === Infinity) return;
    process.plannedAt = at;
    const { life } = process;
    this.#queue.add(at, () => {
      if (process.life !== life || process.plannedAt !== at) return;
      process.plannedAt = Infinity;
      // Whoever is stalled is given a tick when it goes on.
      if (this.now < process.stalledUntil) return;
      // Moved on meanwhile, e.g. by an answer.
      if (nextWakeAt(process.state) > this.now) this.#plan(process);
      else this.#give(process, { type: 'tick', now: this.now });
    });
  }

  #perform(process: Process, effect: SwimEffect): void {
    const { id } = process;
    if (effect.type === 'send') this.#send(process, effect.to, encodePacket(effect.packet));
    else if (effect.type === 'sync') this.#sync(process, effect.to, effect.unless);
    else if (effect.type === 'stream-probe') {
      this.#stream(process, effect.to, (target) => {
        if (target.id !== effect.target) return;
        this.#stream(target, process.address, () => this.give(id, { type: 'stream-acked', seq: effect.seq }));
      });
    } else {
      const about =
        effect.type === 'changed' ? effect.member.id : effect.type === 'conflict' ? effect.id : id;
      const change = effect.type === 'changed' ? effect.change : effect.type;
      this.observations.push({ at: this.now, observer: id, change, id: about });
    }
  }

  #send(from: Process, to: Address, bytes: Uint8Array): void {
    if (bytes.length > maxDatagramPayloadBytes) throw new Error(`datagram of ${bytes.length} bytes`);
    for (let copies = this.network.sendDatagram(bytes.length); copies > 0; copies -= 1) {
      this.#deliver(from, to, this.network.datagramDelayMs(), (target) => {
        const packet = decodePacket(bytes);
        this.#give(target, { type: 'receive', from: from.address, packet, now: this.now });
      });
    }
  }

  #sync(from: Process, to: Address, unless: number | null): void {
    if (unless === null) {
      this.#exchange(from, to);
      return;
    }
    this.#stream(from, to, (target) => {
      if (liveDigest(target.state) !== unless)
        this.#stream(target, from.address, () => this.#exchange(from, to));
    });
  }

  #exchange(from: Process, to: Address): void {
    const bytes = encodeMembers(wholeState(from.state));
    this.#stream(from, to, (target) => {
      const answer = encodeMembers(wholeState(target.state));
      this.give(target.id, { type: 'synced', members: decodeMembers(bytes) });
      this.#stream(target, from.address, () =>
        this.give(from.id, { type: 'synced', members: decodeMembers(answer) }),
      );
    });
  }

  #stream(from: Process, to: Address, then: (target: Process) => void): void {
    this.#deliver(from, to, this.network.streamDelayMs(), then);
  }

  #deliver(from: Process, to: Address, delayMs: number, then: (target: Process) => void): void {
    const target = this.#byAddress.get(to.host)?.get(to.port);
    if (target === undefined || this.network.isCut(from.id, target.id)) return;
    const { life } = target;
    this.#queue.add(this.now + delayMs, () => {
      if (!target.running || target.life !== life) return;
      // Behind what waits already.
      if (this.now < target.stalledUntil || target.waiting.length > 0)
        target.waiting.push(() => then(target));
      else then(target);
    });
  }
}

function addressOf(id: string, port = 7_000): Address {
  return { host: `host-${id}`, port };
}
