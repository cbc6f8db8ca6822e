import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import { call } from './api.ts';
import { makeSqlite } from './dataset.ts';
import { onDemand, sizeFromEnvironment, type Ground } from './ground.ts';
import { startPlayerService } from './player-service.ts';

const ENTRIES_EACH = 10;
const RUNS = 5;

/** The audit of a long ledger: how fast, and how much memory the process ever held. */
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
  ];
}

async function runAudits(
  ground: Ground,
  entries: number,
): Promise<{ perSecond: number[]; peakBytes: number }> {
  const players = Math.max(1, entries / ENTRIES_EACH);
  const url = await makeSqlite(ground.folder, 'audit', { players, entries });
  await using service = await startPlayerService({ DATABASE_URL: url });
  const perSecond: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedMs = performance.now();
    const report = await call(`${service.url}/v1/audit`);
    perSecond.push((entries * 1_000) / (performance.now() - startedMs));
    assert.deepEqual([report['balanced'], report['entries']], [true, entries]);
  }
  return { perSecond, peakBytes: peakBytes(service.process.child.pid ?? 0) };
}

/** The most memory that a process has held, bytes. */
function peakBytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1_024;
}
