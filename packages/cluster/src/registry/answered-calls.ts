import type { CallId, RegistryResult } from './registry-types.ts';

/** What one coordinator asked for, as far as it may ask again. */
interface Caller {
  settled: number;
  readonly answers: Map<number, RegistryResult>;
}

/** The same as text in a snapshot. */
export type AnsweredCallsSnapshot = readonly {
  readonly caller: string;
  readonly settled: number;
  readonly answers: readonly (readonly [number, RegistryResult])[];
}[];

/** Coordinators that are remembered, by when they last asked: each start of each is one. */
const maxCallers = 64;
/** More than a coordinator has under way at a time. */
const maxAnswers = 8_192;

/**
 * Answers to commands, kept so that one which is sent again, as its answer was lost, is answered and not carried out a
 * second time: another client's write may have come in between (Raft thesis, section 6.3). Part of the replicated
 * state: every coordinator keeps the same.
 */
export class AnsweredCalls {
  readonly #callers = new Map<string, Caller>();

  /** The answer that was given, if it was and may still be asked for. */
  answerTo({ caller, number }: CallId): RegistryResult | null {
    return this.#callers.get(caller)?.answers.get(number) ?? null;
  }

  /** Carries out a call unless that was done before. */
  once({ caller: id, number, settled }: CallId, carryOut: () => RegistryResult): RegistryResult {
    const caller = this.#callers.get(id) ?? { settled: 0, answers: new Map<number, RegistryResult>() };
    this.#remember(id, caller);
    // Late on its way: the caller has its answer, or has given up, and waits no longer.
    if (number < caller.settled) return { outcome: 'unknown' };
    const before = caller.answers.get(number);
    if (before !== undefined) return before;
    caller.settled = Math.max(caller.settled, settled);
    // Nearly in the order of their numbers: what hides behind a higher one goes later.
    for (const old of caller.answers.keys()) {
      if (old >= caller.settled && caller.answers.size < maxAnswers) break;
      caller.answers.delete(old);
    }
    const answer = carryOut();
    caller.answers.set(number, answer);
    return answer;
  }

  snapshot(): AnsweredCallsSnapshot {
    return [...this.#callers].map(([caller, { settled, answers }]) => ({
      caller,
      settled,
      answers: [...answers],
    }));
  }

  restore(callers: AnsweredCallsSnapshot): void {
    this.#callers.clear();
    for (const { caller, settled, answers } of callers) {
      this.#callers.set(caller, { settled, answers: new Map(answers) });
    }
  }

  #remember(id: string, caller: Caller): void {
    this.#callers.delete(id);
    this.#callers.set(id, caller);
    if (this.#callers.size <= maxCallers) return;
    const [oldest] = this.#callers.keys();
    if (oldest !== undefined) this.#callers.delete(oldest);
  }
}
