/** One operation of one client on one object. Times are of one clock. */
export interface Operation<I, O> {
  readonly client: string;
  readonly input: I;
  /** Null when the client was not told: it may have happened, at any time after the call, or never. */
  readonly output: O | null;
  readonly calledAt: number;
  /** Infinity when the outcome is unknown. */
  readonly returnedAt: number;
}

/** What the object does when operations come one after the other. */
export interface Model<S, I, O> {
  readonly initial: S;
  /** The state after an operation with that output; undefined when it cannot have that output in this state. */
  step(state: S, input: I, output: O | null): { readonly state: S } | undefined;
  /** The same text for the same state, another for another. */
  keyOf(state: S): string;
}

/** What the checker found. `order` is a proof; `stuckAt` is the operation that fits nowhere after the longest one found. */
export type Verdict<I, O> =
  | { readonly isLinearizable: true; readonly order: readonly Operation<I, O>[] }
  | { readonly isLinearizable: false; readonly stuckAt: Operation<I, O> };

/** Steps after which it gives up; a history that needs so many is too long to be decided. */
const maxSteps = 2_000_000;

/** One operation taken as done, and what else could have been taken in its place. */
interface Choice<S> {
  readonly id: number;
  readonly before: S;
  readonly others: readonly number[];
  /** The next of the others to be tried. */
  next: number;
}

/**
 * Whether all operations can be put in one order that agrees with the model, each at a moment between its call and its
 * return: Wing and Gong's search ("Testing and verifying concurrent objects", 1993), with Lowe's memory of what was
 * tried ("Testing for linearizability", 2017): the same operations done and the same state again lead nowhere new.
 *
 * Operations of unknown outcome may be put anywhere after their call, or be left out. They are tried last; having done
 * more of them for the same end leads nowhere new either, nor does choosing among those of equal input: without this,
 * each would double the search.
 *
 * @throws RangeError when it cannot be decided in two million steps.
 */
export function checkLinearizable<S, I, O>(
  model: Model<S, I, O>,
  history: readonly Operation<I, O>[],
): Verdict<I, O> {
  const unknown = new UnknownOperations(history);
  const pending = new PendingOperations(history, unknown);
  const tried = new TriedStates(history, unknown);
  const path: Choice<S>[] = [];
  let longest = { length: -1, stuckAt: 0 };
  let state = model.initial;
  let candidates = pending.candidates();
  let next = 0;
  for (let steps = 0; pending.firstToReturn !== null; steps += 1) {
    if (steps > maxSteps) throw new RangeError(`undecided after ${maxSteps} steps`);
    const id = candidates[next];
    if (id === undefined) {
      if (path.length > longest.length) longest = { length: path.length, stuckAt: pending.firstToReturn };
      const last = path.pop();
      if (last === undefined) return { isLinearizable: false, stuckAt: at(history, longest.stuckAt) };
      pending.undo(last.id);
      tried.remove(last.id);
      ({ before: state, others: candidates, next } = last);
      continue;
    }
    next += 1;
    const { input, output } = at(history, id);
    const after = model.step(state, input, output);
    if (after === undefined || !tried.isNew(id, model.keyOf(after.state))) continue;
    path.push({ id, before: state, others: candidates, next });
    state = after.state;
    tried.add(id);
    pending.take(id);
    candidates = pending.candidates();
    next = 0;
  }
  return { isLinearizable: true, order: path.map(({ id }) => at(history, id)) };
}

/** Which operations are still to be done, and which of them may be next. */
class PendingOperations {
  readonly #history: readonly Operation<unknown, unknown>[];
  readonly #byReturn: readonly number[];
  readonly #unknown: UnknownOperations;
  readonly #isDone: boolean[];

  constructor(history: readonly Operation<unknown, unknown>[], unknown: UnknownOperations) {
    this.#history = history;
    const timeOf = (id: number): number => at(history, id).returnedAt;
    const known = history.map((_, id) => id).filter((id) => timeOf(id) !== Infinity);
    this.#byReturn = known.toSorted((a, b) => timeOf(a) - timeOf(b));
    this.#unknown = unknown;
    this.#isDone = history.map(() => false);
  }

  /** Of those that must be done: the one that returned first. */
  get firstToReturn(): number | null {
    return this.#byReturn.find((id) => this.#isDone[id] === false) ?? null;
  }

  /** Those that no other has to precede. What the clock cannot tell apart counts as concurrent. */
  candidates(): readonly number[] {
    const first = this.firstToReturn;
    if (first === null) return [];
    const until = at(this.#history, first).returnedAt;
    const isCalled = (id: number): boolean => at(this.#history, id).calledAt <= until;
    const known = this.#byReturn.filter((id) => this.#isDone[id] === false && isCalled(id));
    return [...known, ...this.#unknown.next().filter(isCalled)];
  }

  take(id: number): void {
    this.#isDone[id] = true;
  }

  undo(id: number): void {
    this.#isDone[id] = false;
  }
}

/** The operations of unknown outcome, by input: of those of the same input, the one called first is taken first. */
class UnknownOperations {
  readonly #kinds: readonly (readonly number[])[];
  readonly #kindOf = new Map<number, number>();
  readonly #counts: number[];

  constructor(history: readonly Operation<unknown, unknown>[]) {
    const ids = history.map((_, id) => id).filter((id) => at(history, id).returnedAt === Infinity);
    const byCall = ids.toSorted((a, b) => at(history, a).calledAt - at(history, b).calledAt);
    this.#kinds = [...Map.groupBy(byCall, (id) => JSON.stringify(at(history, id).input)).values()];
    for (const [kind, members] of this.#kinds.entries()) for (const id of members) this.#kindOf.set(id, kind);
    this.#counts = this.#kinds.map(() => 0);
  }

  /** How many of each kind are done. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  next(): number[] {
    return this.#kinds.flatMap((members, kind) => members.slice(this.#counts[kind]).slice(0, 1));
  }

  /** @returns whether it is one of them. */
  add(id: number, difference: 1 | -1): boolean {
    const kind = this.#kindOf.get(id);
    if (kind === undefined) return false;
    this.#counts[kind] = (this.#counts[kind] ?? 0) + difference;
    return true;
  }
}

/** What was tried: by the known operations done and the state, how many unknown ones it was reached with. */
class TriedStates {
  readonly #unknown: UnknownOperations;
  readonly #known: Uint8Array;
  readonly #tried = new Map<string, (readonly number[])[]>();

  constructor(history: readonly unknown[], unknown: UnknownOperations) {
    this.#unknown = unknown;
    this.#known = new Uint8Array(Math.ceil(history.length / 8));
  }

  /** Whether doing this one too, and coming to that state, is worth following. Remembers it if so. */
  isNew(id: number, stateKey: string): boolean {
    this.add(id);
    const key = `${Buffer.from(this.#known).toString('latin1')} ${stateKey}`;
    const { counts } = this.#unknown;
    const before = this.#tried.get(key) ?? [];
    const isNew = !before.some((fewer) => fewer.every((count, kind) => count <= (counts[kind] ?? 0)));
    if (isNew) this.#tried.set(key, [...before, [...counts]]);
    this.remove(id);
    return isNew;
  }

  add(id: number): void {
    if (!this.#unknown.add(id, 1)) this.#flip(id);
  }

  remove(id: number): void {
    if (!this.#unknown.add(id, -1)) this.#flip(id);
  }

  #flip(id: number): void {
    this.#known[id >> 3] = (this.#known[id >> 3] ?? 0) ^ (1 << (id & 7));
  }
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index];
  if (value === undefined) throw new RangeError(`nothing at ${index}`);
  return value;
}
