/**
 * Measures one strategy in a process of its own, so that no other has shaped the compiled code.
 * Arguments: `ours` or `naive`, the strategy, how many backends, `time` or `heap`. Prints the figure:
 * picks per CPU-second, or bytes on the heap for each pick.
 */
import {
  BackendTable,
  Candidates,
  createPickContext,
  createStrategy,
  SeededChance,
  STRATEGY_NAMES,
  type StrategyName,
} from '@hanok/strategies';
import { naivePickers, type NaiveBackend } from './naive-pickers.ts';

const WARM_UP_US = 150_000;
const MEASURED_US = 300_000;
const BATCH = 200;
/** Few enough that an enlarged young generation holds all that they leave behind: nothing is collected meanwhile. */
const COUNTED_PICKS = 100_000;
const COUNTED_ROUNDS = 5;
const weightOf = (slot: number): number => 1 + (slot % 3);
const latencyOf = (slot: number): number => 1 + ((slot * 7) % 20);

const [side, wanted, size, figure] = process.argv.slice(2);
const name = STRATEGY_NAMES.find((each) => each === wanted);
const backends = Number(size);
if (name === undefined || !(backends > 0))
  throw new RangeError('picking: ours|naive <strategy> <backends> time|heap');
const pick = side === 'ours' ? ours(name, backends) : naive(name, backends);

run(WARM_UP_US);
process.stdout.write(`${figure === 'heap' ? heapBytesPerPick() : run(MEASURED_US)}\n`);

/** What a pick leaves on the heap; the least of some rounds, as compiling what is slow to warm up leaves something, too. */
function heapBytesPerPick(): number {
  const rounds = Array.from({ length: COUNTED_ROUNDS }, () => {
    const before = process.memoryUsage().heapUsed;
    for (let turn = 0; turn < COUNTED_PICKS; turn += 1) pick(turn);
    return (process.memoryUsage().heapUsed - before) / COUNTED_PICKS;
  });
  return Math.min(...rounds.filter((grown) => grown >= 0));
}

/** Picks for so long by the processor's clock; returns picks per CPU-second. */
function run(forUs: number): number {
  const start = process.cpuUsage();
  for (let picks = 0; ;) {
    for (let turn = 0; turn < BATCH; turn += 1) pick(picks + turn);
    picks += BATCH;
    const { user, system } = process.cpuUsage(start);
    if (user + system >= forUs) return (picks * 1_000_000) / (user + system);
  }
}

/** Every pick is followed by its placing and by the end of the connection placed before. */
function ours(strategyName: StrategyName, count: number): (turn: number) => void {
  const table = new BackendTable(new SharedArrayBuffer(BackendTable.bytesFor(count)), count);
  for (let slot = 0; slot < count; slot += 1) {
    table.admit(slot, { key: Math.imul(slot, 0x9e3779b9), weight: weightOf(slot), maxActive: 0 });
    table.observe(slot, latencyOf(slot));
    table.eligible[slot] = 1;
  }
  table.publish();
  const strategy = createStrategy(strategyName, new Candidates(table));
  const context = createPickContext(count, new SeededChance(1));
  let last = -1;
  return (turn) => {
    context.nowMs = turn >>> 6;
    context.sourceHash = Math.imul(turn, 0x85ebca6b);
    const slot = strategy.pick(context);
    if (last !== -1) table.release(last);
    table.acquire(slot, context.nowMs);
    last = slot;
  };
}

function naive(strategyName: StrategyName, count: number): (turn: number) => void {
  const list = Array.from({ length: count }, (_, id): NaiveBackend => ({
    id,
    weight: weightOf(id),
    active: 0,
    latencyMs: latencyOf(id),
  }));
  const picker = naivePickers[strategyName];
  let last: NaiveBackend | undefined;
  return (turn) => {
    const backend = picker(list, Math.imul(turn, 0x85ebca6b));
    if (last !== undefined) last.active -= 1;
    if (backend !== undefined) backend.active += 1;
    last = backend;
  };
}
