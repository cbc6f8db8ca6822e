import {
  Candidates,
  createPickContext,
  createStrategy,
  explain,
  NO_BACKEND,
  type Chance,
  type PickContext,
  type Strategy,
  type StrategyName,
} from '@hanok/strategies';
import type { Endpoint } from '../relay/relay-engine.ts';
import { DecisionLog, type Decision, type WeighedBackend } from './decision-log.ts';
import type { SlotEndpoint } from './messages.ts';
import type { SharedState } from './shared-state.ts';

/** Finds backends for one worker's connections and keeps the shared counts right. */
export class Placement {
  readonly #worker: number;
  readonly #state: SharedState;
  readonly #candidates: Candidates;
  readonly #context: PickContext;
  readonly #endpoints: (SlotEndpoint | undefined)[] = [];
  readonly #nowMs: () => number;
  readonly #log = new DecisionLog();
  /** Slots another worker was quicker to take, during one pick. */
  readonly #lost: number[] = [];
  #strategy: Strategy;

  constructor(
    worker: number,
    state: SharedState,
    strategy: StrategyName,
    chance: Chance,
    nowMs: () => number,
  ) {
    this.#worker = worker;
    this.#state = state;
    this.#candidates = new Candidates(state.table);
    this.#context = createPickContext(state.shape.capacity, chance);
    this.#strategy = createStrategy(strategy, this.#candidates);
    this.#nowMs = nowMs;
  }

  /** Later picks use this strategy; connections that exist are not touched. */
  use(strategy: StrategyName): void {
    this.#strategy = createStrategy(strategy, this.#candidates);
  }

  setEndpoint(endpoint: SlotEndpoint): void {
    this.#endpoints[endpoint.slot] = endpoint;
  }

  endpointOf(slot: number): Endpoint | undefined {
    return this.#endpoints[slot];
  }

  /** The last decisions, newest first. */
  get decisions(): Decision[] {
    return this.#log.list();
  }

  /**
   * Picks a backend and counts the connection on it, or returns NO_BACKEND.
   * @param source the client's address, for the record
   * @param tried slots that have failed this connection already
   */
  place(source: string, sourceHash: number, tried: readonly number[]): number {
    const context = this.#context;
    context.sourceHash = sourceHash;
    context.nowMs = this.#nowMs();
    for (const slot of tried) context.excluded[slot] = 1;
    const weighed = this.#log.isDue(context.nowMs) ? this.#weigh() : undefined;
    const slot = this.#pickAndAcquire();
    if (weighed !== undefined) this.#record(source, slot, tried.length, weighed);
    for (const each of tried) context.excluded[each] = 0;
    return slot;
  }

  /** Counts a connection that another process placed; returns false when the slot is another backend's by now. */
  adopt(slot: number, version: number): boolean {
    const { table } = this.#state;
    if (slot === NO_BACKEND || Atomics.load(table.version, slot) !== version) return false;
    this.#state.adopt(this.#worker, slot);
    return true;
  }

  release(slot: number): void {
    this.#state.release(this.#worker, slot);
  }

  #pickAndAcquire(): number {
    const { excluded } = this.#context;
    let slot = this.#strategy.pick(this.#context);
    // Another worker may take a backend's last place between the pick and the count, and a backend may be
    // known here only a moment after the table shows it: each such one is left out and the pick repeated.
    while (slot !== NO_BACKEND && !this.#acquire(slot)) {
      excluded[slot] = 1;
      this.#lost.push(slot);
      slot = this.#strategy.pick(this.#context);
    }
    for (const each of this.#lost) excluded[each] = 0;
    this.#lost.length = 0;
    return slot;
  }

  #weigh(): WeighedBackend[] {
    this.#candidates.refresh();
    const { version } = this.#state.table;
    return explain(this.#strategy, this.#candidates, this.#context).backends.map((backend) => ({
      ...backend,
      version: Atomics.load(version, backend.slot),
    }));
  }

  #record(source: string, slot: number, failedBefore: number, backends: readonly WeighedBackend[]): void {
    this.#log.add({ atMs: Date.now(), source, strategy: this.#strategy.name, slot, failedBefore, backends });
  }

  #acquire(slot: number): boolean {
    const { table } = this.#state;
    const isKnown = this.#endpoints[slot]?.version === Atomics.load(table.version, slot);
    return isKnown && this.#state.acquire(this.#worker, slot, this.#context.nowMs);
  }
}
