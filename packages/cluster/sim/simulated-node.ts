import { leaseUntil } from '../src/raft/lease.ts';
import { raftConfig } from '../src/raft/raft-config.ts';
import { createRaftState } from '../src/raft/raft-state.ts';
import type { RaftState } from '../src/raft/raft-state.ts';
import type {
  Effects,
  Entry,
  Envelope,
  NodeId,
  RaftEvent,
  RaftMessage,
  VoterAddress,
  VoterChange,
} from '../src/raft/raft-types.ts';
import { nextWakeAt, step } from '../src/raft/step.ts';
import type { Mutation } from './mutation.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What a node tells the simulation. */
export interface NodeObserver {
  readonly onSend: (to: NodeId, message: RaftMessage) => void;
  readonly onApply: (node: SimulatedNode, entry: Entry) => void;
  readonly onStep: (node: SimulatedNode) => void;
}

export interface SimulatedNodeOptions {
  readonly id: NodeId;
  /** None: it waits to be added to the group. */
  readonly voters: readonly NodeId[];
  readonly time: VirtualTime;
  readonly disk: SimulatedDisk;
  readonly observer: NodeObserver;
  readonly mutation: Mutation | null;
  readonly seed: number;
  /** Speed of its clock: 1 is true. */
  readonly clockRate: number;
  readonly clockOffsetMs: number;
  readonly compactAfter: number;
}

const maxInbox = 10_000;

/** The network of a simulation knows its nodes by their ids. */
export function addressOf(id: NodeId): VoterAddress {
  return { id, host: id, port: 1 };
}

/** One voter: the real core on a simulated disk, network and clock. */
export class SimulatedNode {
  readonly id: NodeId;
  readonly disk: SimulatedDisk;
  /** Null while it is down. */
  state: RaftState | null = null;
  /** The state machine: every command it has applied. */
  applied: string[] = [];
  readonly #options: SimulatedNodeOptions;
  #paused = false;
  #inbox: (() => void)[] = [];
  #wakeAt = Number.POSITIVE_INFINITY;
  #boots = 0;

  constructor(options: SimulatedNodeOptions) {
    this.#options = options;
    this.id = options.id;
    this.disk = options.disk;
  }

  /** How much the time of day is off; no part of the protocol looks at it. */
  wallOffsetMs = 0;

  get everBooted(): boolean {
    return this.#boots > 0;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** True time at which its lease ends; -Infinity without one. */
  get leaseEnd(): number {
    if (this.state === null) return Number.NEGATIVE_INFINITY;
    if (this.state.role !== 'leader') return Number.NEGATIVE_INFINITY;
    return this.#trueTime(leaseUntil(this.state, this.#localNow()));
  }

  boot(): void {
    const { voters, seed, mutation } = this.#options;
    this.#boots += 1;
    const recovered = this.disk.read();
    const config = {
      ...raftConfig({
        id: this.id,
        voters: voters.map(addressOf),
        storageId: this.disk.storageId,
        seed: seed + this.#boots,
      }),
      ...mutation?.config,
    };
    const state = createRaftState(config, recovered, this.#localNow());
    mutation?.onBoot?.(state);
    this.state = state;
    this.applied = recovered.snapshot === null ? [] : (JSON.parse(recovered.snapshot.data) as string[]);
    for (const entry of state.log.slice(state.log.firstIndex, state.commit)) this.#apply(entry);
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#schedule(state);
  }

  crash(): void {
    this.state = null;
    this.#inbox = [];
    this.#paused = false;
    this.disk.crash();
    this.#options.mutation?.onCrash?.(this.disk);
  }

  /** Stands still as under SIGSTOP; what arrives waits. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on, with its clock or with its mail first. */
  resume(clockFirst: boolean): void {
    this.#paused = false;
    const inbox = this.#inbox;
    this.#inbox = [];
    if (clockFirst) this.#step({ type: 'tick', now: 0 });
    for (const run of inbox) run();
    if (!clockFirst) this.#step({ type: 'tick', now: 0 });
  }

  receive(message: RaftMessage): void {
    this.#whenRunning(() => this.#step({ type: 'receive', now: 0, message }));
  }

  /** @returns where the command went, or null when it was refused. */
  propose(command: string): { readonly index: number; readonly term: number } | null {
    const answer = this.#step({ type: 'propose', now: 0, commands: [command] })?.proposal ?? null;
    return answer === null || 'refused' in answer ? null : { index: answer.firstIndex, term: answer.term };
  }

  unreachable(id: NodeId): void {
    this.#whenRunning(() => this.#step({ type: 'unreachable', now: 0, id }));
  }

  transfer(to: NodeId | null = null): void {
    this.#step({ type: 'transfer', now: 0, to });
  }

  change(change: VoterChange): Effects['proposal'] {
    return this.#step({ type: 'change', now: 0, change })?.proposal ?? null;
  }

  #localNow(): number {
    const { clockOffsetMs, time, clockRate, mutation } = this.#options;
    return clockOffsetMs + time.now * clockRate + (mutation?.wallClock === true ? this.wallOffsetMs : 0);
  }

  #trueTime(local: number): number {
    return this.#options.time.now + (local - this.#localNow()) / this.#options.clockRate;
  }

  #step(raw: RaftEvent): Effects | null {
    const { state } = this;
    if (state === null || this.#paused) return null;
    const { mutation, observer } = this.#options;
    const timed = { ...raw, now: this.#localNow() };
    const event = mutation?.beforeStep?.(state, timed) ?? timed;
    const pure = step(state, event);
    const effects = mutation?.afterStep?.(state, pure, event) ?? pure;
    if (effects.restore !== null) this.applied = JSON.parse(effects.restore.data) as string[];
    for (const entry of effects.apply) this.#apply(entry);
    this.#sendAll(effects.send);
    if (effects.persist !== null || (effects.sendAfterPersist.length > 0 && !this.disk.idle)) {
      this.disk.write({ persist: effects.persist, envelopes: effects.sendAfterPersist }, (ack, envelopes) => {
        this.#whenRunning(() => {
          this.#sendAll(envelopes);
          if (ack !== null) this.#step({ type: 'persisted', now: 0, ack });
        });
      });
    } else {
      this.#sendAll(effects.sendAfterPersist);
    }
    this.#maybeCompact(state);
    this.#schedule(state);
    observer.onStep(this);
    return effects;
  }

  #whenRunning(run: () => void): void {
    if (!this.#paused) run();
    else if (this.#inbox.length < maxInbox) this.#inbox.push(run);
  }

  #apply(entry: Entry): void {
    if (entry.kind === 'command') this.applied.push(entry.data);
    this.#options.observer.onApply(this, entry);
  }

  #sendAll(envelopes: readonly Envelope[]): void {
    for (const { to, message, needsSnapshotData } of envelopes) {
      if (needsSnapshotData === true && message.type === 'snapshot') {
        const snapshot = { ...message.snapshot, data: JSON.stringify(this.applied) };
        this.#options.observer.onSend(to, { ...message, snapshot });
      } else {
        this.#options.observer.onSend(to, message);
      }
    }
  }

  #maybeCompact(state: RaftState): void {
    const { log, commit, committedConfiguration } = state;
    if (!this.disk.idle || commit - log.firstIndex < this.#options.compactAfter) return;
    const snapshot = {
      index: commit,
      term: log.termAt(commit) ?? 0,
      configuration: committedConfiguration.members,
      data: JSON.stringify(this.applied),
    };
    step(state, { type: 'compact', now: this.#localNow(), index: commit - 3 });
    this.disk.compact(snapshot, log.slice(log.firstIndex, log.lastIndex));
  }

  #schedule(state: RaftState): void {
    const { time } = this.#options;
    const wakeAt = Math.max(time.now, this.#trueTime(nextWakeAt(state, this.#localNow()))) + 0.01;
    if (wakeAt >= this.#wakeAt) return;
    this.#wakeAt = wakeAt;
    time.at(wakeAt, () => {
      // Another wake-up has taken its place, or the node was restarted.
      if (this.state !== state || this.#wakeAt !== wakeAt) return;
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#step({ type: 'tick', now: 0 });
    });
  }
}
