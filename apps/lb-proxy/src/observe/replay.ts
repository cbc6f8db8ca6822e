import {
  BackendTable,
  Candidates,
  createPickContext,
  createStrategy,
  NO_BACKEND,
  type Chance,
  type PickContext,
  type Strategy,
  type StrategyName,
} from '@hanok/strategies';
import type { Decision } from '../data-plane/decision-log.ts';
import { hashSource } from '../data-plane/source-address.ts';

/** A backend as it is now, by its slot. */
export interface ReplayMember {
  readonly slot: number;
  readonly version: number;
  readonly key: number;
  readonly weight: number;
  readonly fullWeight: number;
  readonly maxActive: number;
}

/** Where a sample of connections went, and where another strategy would have sent them. */
export interface Replay {
  readonly replayed: number;
  /** Left out: retries, clients with a token, and those whose backend is gone or that had none. */
  readonly skipped: number;
  /** Of the replayed ones: would have gone to another backend. */
  readonly moved: number;
  /** Of the replayed ones: would have found nobody. */
  readonly unplaced: number;
  /** By slot: connections it got, and would have got. */
  readonly loads: ReadonlyMap<number, { readonly actual: number; readonly replayed: number }>;
}

/** What one pool's connections are replayed on. */
interface Stage {
  readonly table: BackendTable;
  readonly context: PickContext;
  readonly strategy: Strategy;
  /** By slot: how many connections more it has in the replay than it had. */
  readonly shift: Int32Array;
}

/**
 * Sends recorded decisions through `name` again. Each is met by the pool as it was recorded (who was eligible,
 * open connections, response times), moved by what the replay itself placed otherwise before: connections are
 * taken to last as long as the sample. Weights and limits are today's. Pure.
 * @param decisions oldest first
 * @param capacity slots of the table the decisions were made on
 */
export function replay(
  decisions: readonly Decision[],
  members: readonly ReplayMember[],
  name: StrategyName,
  capacity: number,
  chance: Chance,
): Replay {
  const bySlot = new Map(members.map((member) => [member.slot, member]));
  const stages = new Map<string, Stage>();
  const loads = new Map(members.map(({ slot }) => [slot, { actual: 0, replayed: 0 }]));
  const tally = { replayed: 0, moved: 0, unplaced: 0 };
  const startedMs = decisions[0]?.atMs ?? 0;
  for (const decision of decisions) {
    const actual = loads.get(decision.slot);
    if (actual === undefined || !isReplayable(decision, bySlot)) continue;
    const stage = stages.get(decision.pool) ?? createStage(name, capacity, chance);
    stages.set(decision.pool, stage);
    setStage(stage, decision, bySlot);
    const slot = pickAgain(stage, decision, decision.atMs - startedMs);
    tally.replayed += 1;
    actual.actual += 1;
    if (slot === NO_BACKEND) tally.unplaced += 1;
    else if (slot !== decision.slot) tally.moved += 1;
    const load = loads.get(slot);
    if (load !== undefined) load.replayed += 1;
  }
  return { ...tally, skipped: decisions.length - tally.replayed, loads };
}

function createStage(name: StrategyName, capacity: number, chance: Chance): Stage {
  const table = BackendTable.local(capacity);
  return {
    table,
    context: createPickContext(capacity, chance),
    strategy: createStrategy(name, new Candidates(table)),
    shift: new Int32Array(capacity),
  };
}

function isReplayable(decision: Decision, members: ReadonlyMap<number, ReplayMember>): boolean {
  if (decision.failedBefore > 0 || decision.byToken) return false;
  const chosen = decision.backends.find(({ slot }) => slot === decision.slot);
  return chosen !== undefined && members.get(decision.slot)?.version === chosen.version;
}

/** Puts the pool back to where it was when the decision was made. */
function setStage(
  { table, shift }: Stage,
  decision: Decision,
  members: ReadonlyMap<number, ReplayMember>,
): void {
  const before = Array.from(table.eligible);
  table.eligible.fill(0);
  for (const backend of decision.backends) {
    const { slot } = backend;
    const member = members.get(slot);
    if (member?.version !== backend.version) continue;
    if (table.member[slot] !== 1) table.admit(slot, member);
    table.weight[slot] = member.weight;
    table.fullWeight[slot] = member.fullWeight;
    table.maxActive[slot] = member.maxActive;
    table.active[slot] = Math.max(0, backend.active + (shift[slot] ?? 0));
    table.latencyUs[slot] = backend.latencyUs;
    table.peakUs[slot] = backend.peakUs;
    table.eligible[slot] = backend.standing === 'not-eligible' ? 0 : 1;
  }
  if (before.some((eligible, slot) => eligible !== table.eligible[slot])) table.publish();
}

function pickAgain({ table, context, strategy, shift }: Stage, decision: Decision, nowMs: number): number {
  context.nowMs = nowMs;
  context.sourceHash = hashSource(decision.source);
  const slot = strategy.pick(context);
  shift[decision.slot] = (shift[decision.slot] ?? 0) - 1;
  if (slot === NO_BACKEND) return slot;
  table.acquire(slot, nowMs);
  shift[slot] = (shift[slot] ?? 0) + 1;
  return slot;
}
