import {
  createPickContext,
  explain,
  NO_BACKEND,
  type Chance,
  type PickContext,
  type StrategyName,
} from '@hanok/strategies';
import type { Endpoint } from '../relay/relay-engine.ts';
import { DEFAULT_ROUTE, type Route } from '../routing/route-policy.ts';
import { DecisionLog, type Decision, type WeighedBackend } from './decision-log.ts';
import type { SlotEndpoint } from './messages.ts';
import { PoolChoices, type Choice } from './pool-choices.ts';
import type { PoolRulesByName } from './pool-rules.ts';
import type { SharedState } from './shared-state.ts';

/** Finds backends for one worker's connections and keeps the shared counts right. */
export class Placement {
  readonly #worker: number;
  readonly #state: SharedState;
  readonly #choices: PoolChoices;
  readonly #context: PickContext;
  readonly #endpoints: (SlotEndpoint | undefined)[] = [];
  readonly #nowMs: () => number;
  readonly #log = new DecisionLog();
  /** Slots another worker was quicker to take, during one pick. */
  readonly #lost: number[] = [];

  constructor(
    worker: number,
    state: SharedState,
    rules: PoolRulesByName,
    chance: Chance,
    nowMs: () => number,
  ) {
    this.#worker = worker;
    this.#state = state;
    this.#choices = new PoolChoices(state.table, rules, (slot) => this.poolOf(slot));
    this.#context = createPickContext(state.shape.capacity, chance);
    this.#nowMs = nowMs;
  }

  /** Later picks in a pool use this strategy; connections that exist are not touched. */
  use(pool: string, strategy: StrategyName): void {
    this.#choices.use(pool, strategy);
  }

  /** One client may have a backend where another cannot. */
  get hasPools(): boolean {
    return this.#choices.areSeveral;
  }

  setEndpoint(endpoint: SlotEndpoint): void {
    this.#endpoints[endpoint.slot] = endpoint;
    this.#choices.backendsChanged();
  }

  endpointOf(slot: number): Endpoint | undefined {
    return this.#endpoints[slot];
  }

  /** The pool of the backend in a slot; undefined while the backend is not known here. */
  poolOf(slot: number): string | undefined {
    const endpoint = this.#endpoints[slot];
    const isCurrent = endpoint?.version === Atomics.load(this.#state.table.version, slot);
    return isCurrent ? endpoint?.pool : undefined;
  }

  /** The last decisions, newest first. */
  get decisions(): Decision[] {
    return this.#log.list();
  }

  /**
   * Picks a backend and counts the connection on it, or returns NO_BACKEND.
   * @param source the client's address, for the record
   * @param tried slots that have failed this connection already
   * @param route the pool to stay in, and the token that goes to one backend of it
   */
  place(source: string, sourceHash: number, tried: readonly number[], route: Route = DEFAULT_ROUTE): number {
    const context = this.#context;
    const choice = this.#choices.for(route);
    context.sourceHash = route.tokenHash ?? sourceHash;
    const nowMs = this.#nowMs();
    context.nowMs = nowMs | 0;
    for (const slot of tried) context.excluded[slot] = 1;
    const weighed = this.#log.isDue(nowMs) ? this.#weigh(choice) : undefined;
    const slot = this.#pickAndAcquire(choice);
    if (weighed !== undefined) {
      this.#log.add({
        atMs: Date.now(),
        source,
        strategy: choice.strategy.name,
        pool: route.pool,
        byToken: route.tokenHash !== undefined,
        slot,
        failedBefore: tried.length,
        backends: weighed,
      });
    }
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

  #pickAndAcquire({ strategy }: Choice): number {
    const { excluded } = this.#context;
    let slot = strategy.pick(this.#context);
    // Another worker may take a backend's last place between the pick and the count, and a backend may be
    // known here only a moment after the table shows it: each such one is left out and the pick repeated.
    while (slot !== NO_BACKEND && !this.#acquire(slot)) {
      excluded[slot] = 1;
      this.#lost.push(slot);
      slot = strategy.pick(this.#context);
    }
    for (const each of this.#lost) excluded[each] = 0;
    this.#lost.length = 0;
    return slot;
  }

  #weigh({ strategy, candidates }: Choice): WeighedBackend[] {
    candidates.refresh();
    const { version, ineligibility, active, latencyUs, peakUs } = this.#state.table;
    return explain(strategy, candidates, this.#context).backends.map((backend) => ({
      ...backend,
      version: Atomics.load(version, backend.slot),
      ineligibility: Atomics.load(ineligibility, backend.slot),
      active: Atomics.load(active, backend.slot),
      latencyUs: Atomics.load(latencyUs, backend.slot),
      peakUs: Atomics.load(peakUs, backend.slot),
    }));
  }

  #acquire(slot: number): boolean {
    const { table } = this.#state;
    const isKnown = this.#endpoints[slot]?.version === Atomics.load(table.version, slot);
    return isKnown && this.#state.acquire(this.#worker, slot, this.#context.nowMs);
  }
}
