import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import { call } from './api.ts';
import { makeSqlite } from './dataset.ts';
import { onDemand, sizeFromEnvironment, type Ground } from './ground.ts';
import { readsOfOneself } from './loads.ts';
import { startPlayerService } from './player-service.ts';
import { load } from './throughput.ts';
import type { Answered } from './wrk.ts';

const ENTRIES_EACH = 10;
const RUNS = 5;
const READERS = 8;

/** The audit of a long ledger: how fast, what others wait meanwhile, and how much memory the process ever held. */
export function auditFigures(ground: Ground): Figure[] {
  const entries = sizeFromEnvironment('HANOK_BENCH_LEDGER_ENTRIES', 1_000_000);
  const runs = onDemand(() => runAudits(ground, entries));
  const title = `audit of ${entries.toLocaleString('en')} ledger entries`;
  return [
    {
      title: `${title}: entries a second`,
      unit: '/s',
      must: 500_000,
      async measure() {
        const { median, lowest, highest } = spreadOf((await runs()).perSecond);
        return { value: median, remark: `${RUNS} runs: ${Math.round(lowest)} to ${Math.round(highest)}` };
      },
    },
    {
      title: `${title}: most memory of the process`,
      unit: 'MB',
      must: 256,
      better: 'lower',
      measure: async () => ({ value: (await runs()).peakBytes / 1e6 }),
    },
    {
      title: `${title}: p99 of reads meanwhile`,
      unit: 'ms',
      must: 25,
      better: 'lower',
      measure: async () => ({
        value: (await runs()).readsP99Ms,
        remark: `${READERS} readers, audits one after the other`,
      }),
    },
  ];
}

async function runAudits(
  ground: Ground,
  entries: number,
): Promise<{ perSecond: number[]; readsP99Ms: number; peakBytes: number }> {
  const players = Math.max(1, entries / ENTRIES_EACH);
  const url = await makeSqlite(ground.folder, 'audit', { players, entries });
  await using service = await startPlayerService({ DATABASE_URL: url });
  const audit = async () => {
    const report = await call(`${service.url}/v1/audit`);
    assert.deepEqual([report['balanced'], report['entries']], [true, entries]);
  };
  const perSecond: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedMs = performance.now();
    await audit();
    perSecond.push((entries * 1_000) / (performance.now() - startedMs));
  }
  const reads = await loadWhile(ground, service.url, await readsOfOneself(service, players), audit);
  return { perSecond, readsP99Ms: reads.p99Ms, peakBytes: peakBytes(service.process.child.pid ?? 0) };
}

/** A load of reads, and `work` again and again until it has ended. */
async function loadWhile(
  ground: Ground,
  url: string,
  script: string,
  work: () => Promise<void>,
): Promise<Answered> {
  const state = { isOver: false };
  const reads = load(ground, url, script, READERS).finally(() => (state.isOver = true));
  while (!state.isOver) await work();
  return reads;
}

/** The most memory that a process has held, bytes. */
function peakBytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1_024;
}
