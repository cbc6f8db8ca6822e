import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import { call } from './api.ts';
import { makeSqlite } from './dataset.ts';
import { onDemand, sizeFromEnvironment, type Ground } from './ground.ts';
import { readsOfOneself } from './loads.ts';
import { startPlayerService } from './player-service.ts';
import { load } from './throughput.ts';

const RUNS = 5;
const READERS = 8;

/** Gold for everybody, while players read. */
export function campaignFigures(ground: Ground): Figure[] {
  const players = sizeFromEnvironment('HANOK_BENCH_CAMPAIGN_PLAYERS', 1_000_000);
  const runs = onDemand(() => runCampaigns(ground, players));
  const among = `campaign over ${players.toLocaleString('en')} players on SQLite`;
  return [
    {
      title: `${among}: players a second`,
      unit: '/s',
      must: 100_000,
      async measure() {
        const { median, lowest, highest } = spreadOf((await runs()).perSecond);
        return { value: median, remark: `${RUNS} runs: ${Math.round(lowest)} to ${Math.round(highest)}` };
      },
    },
    {
      title: `${among}: p99 of reads meanwhile`,
      unit: 'ms',
      must: 25,
      better: 'lower',
      async measure() {
        const { median, lowest, highest } = spreadOf((await runs()).p99Ms);
        return { value: median, remark: `${RUNS} runs: ${lowest.toFixed(1)} to ${highest.toFixed(1)}` };
      },
    },
  ];
}

async function runCampaigns(
  ground: Ground,
  players: number,
): Promise<{ perSecond: number[]; p99Ms: number[] }> {
  const url = await makeSqlite(ground.folder, 'campaign', { players });
  await using service = await startPlayerService({ DATABASE_URL: url });
  const script = await readsOfOneself(service, players);
  const perSecond: number[] = [];
  const p99Ms: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const before = await call(`${service.url}/v1/players/${players}`);
    const startedMs = performance.now();
    const { id } = await call(`${service.url}/v1/rewards`, {
      method: 'POST',
      body: { gold: 100, reason: 'BENCHMARK', description: `run ${run}` },
      status: 202,
    });
    const [reads, endedMs] = await Promise.all([
      load(ground, service.url, script, READERS),
      done(`${service.url}/v1/rewards/${String(id)}`, players),
    ]);
    const after = await call(`${service.url}/v1/players/${players}`);
    assert.equal(after['gold'], Number(before['gold']) + 100, 'everybody is paid once');
    perSecond.push((players * 1_000) / (endedMs - startedMs));
    p99Ms.push(reads.p99Ms);
  }
  return { perSecond, p99Ms };
}

/** Resolves to the time at which the reward is done. */
async function done(url: string, players: number): Promise<number> {
  for (;;) {
    const reward = await call(url);
    if (reward['status'] === 'done') {
      assert.equal(reward['players'], players);
      return performance.now();
    }
    await sleep(20);
  }
}
