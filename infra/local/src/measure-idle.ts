/**
 * A program of its own: starts the stack as `npm start` does, leaves it alone, and tells what it takes. Memory is the
 * proportional set size of all processes, which counts what they share (the node binary) once; Linux only.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const PORT_OFFSET = process.argv[2] ?? '20000';
/** A start goes on for a while: what is used often is compiled. */
const SETTLE_MS = 170_000;
const MEASURE_MS = 60_000;
/** Linux's unit of processor time, as every architecture that Node runs on has it. */
const TICK_MS = 10;

const dataDir = mkdtempSync(join(tmpdir(), 'hanok-idle-'));
try {
  // The first start fills the caches of compiled code, as it does for whoever uses the stack day by day.
  await withStack(() => Promise.resolve());
  await withStack(async (pids) => {
    await sleep(SETTLE_MS);
    const before = pids.map(processorMs);
    await sleep(MEASURE_MS);
    const usedMs = pids.map((pid, index) => processorMs(pid) - (before[index] ?? 0));
    const sizes = pids.map(proportionalMb);
    for (const [index, pid] of pids.entries()) {
      process.stdout.write(
        `${String(pid).padStart(8)} ${sizes[index]?.toFixed(0).padStart(5)} MB ${percent(usedMs[index] ?? 0)}\n`,
      );
    }
    process.stdout.write(
      `     all ${sum(sizes).toFixed(0).padStart(5)} MB ${percent(sum(usedMs))} of a core\n`,
    );
  });
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

async function withStack(use: (pids: readonly number[]) => Promise<void>): Promise<void> {
  const args = ['--port-offset', PORT_OFFSET, '--data-dir', dataDir];
  const launcher = join(import.meta.dirname, '../../node/with-pinned-node.mjs');
  const main = join(import.meta.dirname, 'main.ts');
  const stack = spawn(process.execPath, ['--max-semi-space-size=1', launcher, 'node', main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(stack, 'exit');
  const pids = [stack.pid ?? 0];
  try {
    for await (const line of createInterface({ input: stack.stdout })) {
      const pid = / pid (\d+)$/.exec(line)?.[1];
      if (pid !== undefined) pids.push(Number(pid));
      if (line.includes(' ready in ')) break;
    }
    stack.stdout.resume();
    await use(pids);
  } finally {
    stack.kill('SIGINT');
    await ended;
  }
}

function proportionalMb(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_024;
}

/** User and system time; the fields after the name, which is in brackets and may have spaces. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function percent(usedMs: number): string {
  return `${((usedMs / MEASURE_MS) * 100).toFixed(2)} %`;
}
