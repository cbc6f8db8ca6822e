import { seededRng } from '@hanok/testkit';
import { Chance } from './chance.ts';
import type { SwimMutation } from './mutation.ts';
import { SwimCheckers } from './swim-checkers.ts';
import { SwimSimulator } from './swim/swim-simulator.ts';
import { Violation } from './violation.ts';

export interface SwimSimulationOptions {
  readonly seed: number;
  readonly mutation?: SwimMutation | null;
  /** Gets one line for each thing that happens. */
  readonly trace?: (line: string) => void;
}

export interface SwimSimulationResult {
  readonly violation: Violation | null;
  readonly faults: number;
}

const joinMs = 8_000;
const troubleMs = 20_000;
/** After healing, all must hold each other alive within this time: the dead are asked again every 15 s or so. */
const convergeMs = 40_000;
const settledMs = 2_000;
const lookEveryMs = 500;

const faultKinds = ['crash', 'stall', 'one-way-cut', 'split', 'weather'] as const;

/** One seeded run of the coordinators' membership under faults: gossip, failure detection and healing. */
export function simulateSwim(options: SwimSimulationOptions): SwimSimulationResult {
  const run = new SwimRun(options);
  try {
    run.toEnd();
    return { violation: null, faults: run.faults };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    return { violation: error, faults: run.faults };
  }
}

class SwimRun {
  faults = 0;
  readonly #sim: SwimSimulator;
  readonly #chance: Chance;
  readonly #checkers = new SwimCheckers();
  readonly #trace: (line: string) => void;
  /** By id, when a crashed member starts again. */
  readonly #down = new Map<string, number>();
  #told = 0;
  #stalledUntil = 0;

  constructor({ seed, mutation = null, trace = () => undefined }: SwimSimulationOptions) {
    this.#chance = new Chance(seededRng(`swim ${seed}`));
    this.#sim = new SwimSimulator(seed);
    this.#trace = trace;
    if (mutation !== null) this.#sim.tamper = mutation.tamper;
  }

  toEnd(): void {
    const sim = this.#sim.startAll(3 + this.#chance.integer(4));
    const kinds = faultKinds.filter(() => this.#chance.happens(0.5));
    const faultEveryMs = this.#chance.between(500, 4_000);
    this.#untilConverged(joinMs, 0);
    const healAt = sim.now + troubleMs;
    while (sim.now < healAt) {
      this.#runTo(Math.min(healAt, sim.now + this.#chance.between(0, 2 * faultEveryMs)));
      if (kinds.length > 0) this.#strike(this.#chance.pick(kinds));
    }
    this.#heal();
    this.#runTo(this.#stalledUntil);
    this.#untilConverged(convergeMs, settledMs);
    this.#checkers.membershipConverges(this.#running(), convergeMs);
  }

  #strike(kind: (typeof faultKinds)[number]): void {
    const { ids } = this.#sim;
    const chance = this.#chance;
    const victim = chance.pick(ids);
    const others = ids.filter((id) => id !== victim);
    this.faults += 1;
    this.#trace(`${this.#sim.now.toFixed(0).padStart(10)} FAULT ${kind} ${victim}`);
    switch (kind) {
      case 'crash':
        if (this.#down.has(victim)) return;
        this.#sim.crash(victim);
        this.#down.set(victim, this.#sim.now + chance.between(100, 15_000));
        return;
      case 'stall':
        if (!this.#down.has(victim)) this.#stall(victim, chance.between(200, 8_000));
        return;
      case 'one-way-cut':
        return this.#sim.cut(
          [victim],
          others.filter(() => chance.happens(0.6)),
        );
      case 'split':
        return this.#sim.cutBoth([victim, ...others.filter(() => chance.happens(0.3))], others);
      case 'weather':
        this.#sim.heal();
        Object.assign(this.#sim.network.weather, {
          loss: chance.between(0, 0.4),
          duplication: chance.between(0, 0.3),
          maxDelayMs: chance.between(1, 300),
        });
    }
  }

  #stall(id: string, forMs: number): void {
    this.#sim.stall(id, forMs);
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#sim.now + forMs);
  }

  #heal(): void {
    const sim = this.#sim;
    this.#trace(`${sim.now.toFixed(0).padStart(10)} all is well again`);
    sim.heal();
    Object.assign(sim.network.weather, { loss: 0, duplication: 0, maxDelayMs: 2 });
    for (const id of this.#down.keys()) this.#start(id);
  }

  #start(id: string): void {
    this.#down.delete(id);
    this.#sim.start(
      id,
      this.#sim.ids.filter((other) => other !== id),
    );
  }

  /** Lets time pass, and looks at everybody now and then. */
  #runTo(until: number): void {
    const sim = this.#sim;
    while (sim.now < until) {
      sim.run(Math.min(lookEveryMs, until - sim.now));
      for (const [id, at] of this.#down) if (at <= sim.now) this.#start(id);
      this.#checkers.incarnationsRise(this.#running());
      this.#tellObservations();
    }
  }

  /** Lets time pass until all have agreed for a while: what is under way may still bring doubts. */
  #untilConverged(limitMs: number, forMs: number): void {
    const until = this.#sim.now + limitMs;
    let since = this.#sim.now;
    while (this.#sim.now < until && !(this.#sim.converged && this.#sim.now - since >= forMs)) {
      if (!this.#sim.converged) since = this.#sim.now;
      this.#runTo(this.#sim.now + lookEveryMs);
    }
  }

  #tellObservations(): void {
    for (const { at, observer, change, id } of this.#sim.observations.slice(this.#told)) {
      this.#trace(`${at.toFixed(0).padStart(10)} ${observer}: ${id} ${change}`);
    }
    this.#told = this.#sim.observations.length;
  }

  #running(): { readonly id: string; readonly state: ReturnType<SwimSimulator['state']> }[] {
    const up = this.#sim.ids.filter((id) => !this.#down.has(id));
    return up.map((id) => ({ id, state: this.#sim.state(id) }));
  }
}
