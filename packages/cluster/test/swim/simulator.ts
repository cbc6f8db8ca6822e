import { seededRng } from '@hanok/testkit';
import { maxDatagramPayloadBytes } from '../../src/wire/datagram-box.ts';
import { nextWakeAt, step } from '../../src/swim/step.ts';
import { decodeMembers, decodePacket, encodeMembers, encodePacket } from '../../src/swim/swim-codec.ts';
import { swimPresets, type SwimConfig } from '../../src/swim/swim-config.ts';
import { createSwimState, wholeState, type SwimState } from '../../src/swim/swim-state.ts';
import type { Address, Liveness, MemberChange, SwimEffect, SwimEvent } from '../../src/swim/swim-types.ts';
import { TimedQueue } from './timed-queue.ts';

type EventBody = SwimEvent extends infer E ? (E extends SwimEvent ? Omit<E, 'now'> : never) : never;

/** Something that a member found out. */
export interface Observation {
  readonly at: number;
  readonly observer: string;
  readonly change: MemberChange | 'conflict' | 'departed';
  readonly id: string;
}

interface Process {
  readonly id: string;
  readonly address: Address;
  state: SwimState;
  running: boolean;
  stalledUntil: number;
  /** What came while it was stalled; handled when it goes on, after the timers that are past. */
  waiting: (() => void)[];
  /** Changes with each start, so that nothing meant for an earlier life arrives. */
  life: number;
  wake: number;
}

/** The network's faults. Chances are 0 to 1. */
export interface Weather {
  loss: number;
  duplication: number;
  minDelayMs: number;
  maxDelayMs: number;
}

/** Members in virtual time, with a network between them that does as the test says. The same seed gives the same run. */
export class Simulator {
  readonly observations: Observation[] = [];
  readonly weather: Weather = { loss: 0, duplication: 0, minDelayMs: 0.2, maxDelayMs: 2 };
  now = 0;
  datagrams = 0;
  datagramBytes = 0;
  readonly #config: SwimConfig;
  readonly #rng;
  readonly #queue = new TimedQueue();
  readonly #processes = new Map<string, Process>();
  readonly #byAddress = new Map<string, string>();
  readonly #cuts = new Set<string>();

  constructor(seed: number | string, config: SwimConfig = swimPresets.lan) {
    this.#rng = seededRng(seed);
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

  start(
    id: string,
    seeds: string[],
    more: { incarnation?: number; port?: number; metadata?: Uint8Array } = {},
  ): void {
    const address = { host: `host-${id}`, port: more.port ?? 7000 };
    const before = this.#processes.get(id);
    const state = createSwimState({
      id,
      address,
      metadata: more.metadata ?? new Uint8Array(0),
      config: this.#config,
      incarnation: more.incarnation ?? 1_000 + Math.floor(this.now),
      seed: Math.floor(this.#rng.next() * 2 ** 32),
      now: this.now,
      packetBytes: maxDatagramPayloadBytes,
    });
    const life = (before?.life ?? 0) + 1;
    const process = { id, address, state, running: true, stalledUntil: 0, waiting: [], life, wake: 0 };
    this.#processes.set(id, process);
    this.#byAddress.set(keyOf(address), id);
    this.#plan(process);
    if (seeds.length > 0)
      this.give(id, { type: 'join', seeds: seeds.map((seed) => this.#process(seed).address) });
  }

  crash(id: string): void {
    const process = this.#process(id);
    process.running = false;
    process.life += 1;
  }

  stall(id: string, forMs: number): void {
    const process = this.#process(id);
    process.stalledUntil = this.now + forMs;
    const { life } = process;
    this.#queue.add(process.stalledUntil, () => {
      if (process.life !== life || process.stalledUntil > this.now) return;
      const waiting = process.waiting.splice(0);
      this.give(id, { type: 'tick' });
      for (const handle of waiting) handle();
    });
  }

  /** Cuts the way from each of `from` to each of `to`. */
  cut(from: readonly string[], to: readonly string[]): void {
    for (const a of from) for (const b of to) if (a !== b) this.#cuts.add(`${a} ${b}`);
  }

  cutBoth(some: readonly string[], others: readonly string[]): void {
    this.cut(some, others);
    this.cut(others, some);
  }

  heal(): void {
    this.#cuts.clear();
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
    return running.every(({ id: observer, state }) => {
      const live = [...state.members.values()].filter(
        ({ liveness }) => liveness === 'alive' || liveness === 'suspect',
      );
      return (
        live.length === running.length - 1 &&
        running.every(({ id }) => id === observer || this.liveness(observer, id) === 'alive')
      );
    });
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
    const process = this.#process(id);
    if (!process.running) return;
    for (const effect of step(process.state, { ...body, now: this.now })) this.#perform(process, effect);
    this.#plan(process);
  }

  #process(id: string): Process {
    const process = this.#processes.get(id);
    if (process === undefined) throw new Error(`no member ${id}`);
    return process;
  }

  #plan(process: Process): void {
    process.wake += 1;
    const { wake, life } = process;
    const at = nextWakeAt(process.state);
    if (at === Infinity) return;
    this.#queue.add(Math.max(this.now, at), () => {
      if (process.wake === wake && process.life === life && this.now >= process.stalledUntil) {
        this.give(process.id, { type: 'tick' });
      }
    });
  }

  #perform(process: Process, effect: SwimEffect): void {
    const { id } = process;
    if (effect.type === 'send') this.#send(process, effect.to, encodePacket(effect.packet));
    else if (effect.type === 'sync') this.#sync(process, effect.to);
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
    this.datagrams += 1;
    this.datagramBytes += bytes.length;
    const copies = this.#rng.next() < this.weather.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.#rng.next() < this.weather.loss) continue;
      this.#deliver(from, to, (target) => {
        this.give(target.id, { type: 'receive', from: from.address, packet: decodePacket(bytes) });
      });
    }
  }

  #sync(from: Process, to: Address): void {
    const bytes = encodeMembers(wholeState(from.state));
    this.#stream(from, to, (target) => {
      const answer = encodeMembers(wholeState(target.state));
      this.give(target.id, { type: 'synced', members: decodeMembers(bytes) });
      this.#stream(target, from.address, () =>
        this.give(from.id, { type: 'synced', members: decodeMembers(answer) }),
      );
    });
  }

  /** A stream resends what is lost; it takes longer, and fails only when the way is cut. */
  #stream(from: Process, to: Address, then: (target: Process) => void): void {
    const resent = this.#rng.next() < this.weather.loss ? 200 : 0;
    this.#deliver(from, to, then, resent + this.weather.maxDelayMs);
  }

  #deliver(from: Process, to: Address, then: (target: Process) => void, moreMs = 0): void {
    const { minDelayMs, maxDelayMs } = this.weather;
    const delayMs = minDelayMs + this.#rng.next() * (maxDelayMs - minDelayMs) + moreMs;
    const target = this.#processes.get(this.#byAddress.get(keyOf(to)) ?? '');
    if (target === undefined || this.#cuts.has(`${from.id} ${target.id}`)) return;
    const { life } = target;
    this.#queue.add(this.now + delayMs, () => {
      if (!target.running || target.life !== life || keyOf(target.address) !== keyOf(to)) return;
      if (this.now < target.stalledUntil) target.waiting.push(() => then(target));
      else then(target);
    });
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
