import {
  Candidates,
  createPickContext,
  createStrategy,
  NO_BACKEND,
  type Chance,
  type PickContext,
  type Strategy,
  type StrategyName,
} from '@hanok/strategies';
import type { Endpoint } from '../relay/relay-engine.ts';
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

  /**
   * Picks a backend and counts the connection on it, or returns NO_BACKEND.
   * @param tried slots that have failed this connection already
   */
  place(sourceHash: number, tried: readonly number[]): number {
    const context = this.#context;
    context.sourceHash = sourceHash;
    context.nowMs = this.#nowMs();
    for (const slot of tried) context.excluded[slot] = 1;
    const slot = this.#pickAndAcquire();
    for (const each of tried) context.excluded[each] = 0;
    return slot;
  }

  release(slot: number): void {
    this.#state.release(this.#worker, slot);
  }

  #pickAndAcquire(): number {
    const { excluded } = this.#context;
    const lost: number[] = [];
    let slot = this.#strategy.pick(this.#context);
    // Another worker may take a backend's last place between the pick and the count, and a backend may be
    // known here only a moment after the table shows it: each such one is left out and the pick repeated.
    while (slot !== NO_BACKEND && !this.#acquire(slot)) {
      excluded[slot] = 1;
      lost.push(slot);
      slot = this.#strategy.pick(this.#context);
    }
    for (const each of lost) excluded[each] = 0;
    return slot;
  }

  #acquire(slot: number): boolean {
    const { table } = this.#state;
    const isKnown = this.#endpoints[slot]?.version === Atomics.load(table.version, slot);
    return isKnown && this.#state.acquire(this.#worker, slot, this.#context.nowMs);
  }
}
