import assert from 'node:assert/strict';
import type { Comparison } from '../harness/compare.ts';
import type { Figure } from '../harness/figure.ts';
import { startServer } from '../harness/http-server-process.ts';
import { spreadOf } from '../harness/statistics.ts';
import { call } from './api.ts';
import { makeSqlite } from './dataset.ts';
import { onDemand, type Ground } from './ground.ts';
import { updatesOfLevels } from './loads.ts';
import { startPlayerService } from './player-service.ts';
import { CONNECTIONS, load } from './throughput.ts';

const PLAYERS = 10_000;

type Side = 'ours' | 'oneCommit' | 'bare';

/** Durable updates over HTTP beside one commit a request and beside fastify that stores nothing. */
export function updateMeasurements(ground: Ground): { comparisons: Comparison[]; figures: Figure[] } {
  const sides = {
    ours: onDemand(() => startOurs(ground)),
    oneCommit: onDemand(() => startOneCommit(ground)),
    bare: onDemand(() => startBare(ground)),
  };
  const p99s: Record<Side, number[]> = { ours: [], oneCommit: [], bare: [] };
  const contender = (name: string, side: Side, connections: number) => ({
    name,
    async measure() {
      const script = updatesOfLevels(side === 'ours' ? 'PATCH' : 'PUT', PLAYERS);
      const { perSecond, p99Ms } = await load(ground, await sides[side](), script, connections);
      if (connections === CONNECTIONS) p99s[side].push(p99Ms);
      return perSecond;
    },
  });
  const besideOneCommit = (connections: number): Comparison => ({
    title: `durable update over HTTP, ${connections} clients, beside one commit each`,
    unit: 'requests/s',
    peer: contender('fastify, one commit each', 'oneCommit', connections),
    ours: contender('player-service', 'ours', connections),
    bound: { must: 5, aim: 8 },
  });
  const besideBare: Comparison = {
    title: `durable update over HTTP, ${CONNECTIONS} clients, beside a PUT that stores nothing`,
    unit: 'requests/s',
    peer: contender('bare fastify', 'bare', CONNECTIONS),
    ours: contender('player-service', 'ours', CONNECTIONS),
    bound: { must: 0.35 },
  };
  const patience: Figure = {
    title: `durable update over HTTP, ${CONNECTIONS} clients: p99 over that of one commit each`,
    unit: 'x',
    must: 1,
    better: 'lower',
    async measure() {
      if (p99s.oneCommit.length === 0) await besideOneCommit(CONNECTIONS).peer.measure();
      if (p99s.ours.length === 0) await besideOneCommit(CONNECTIONS).ours.measure();
      const [ours, theirs] = [spreadOf(p99s.ours), spreadOf(p99s.oneCommit)];
      const remark = `${ours.median.toFixed(1)} ms against ${theirs.median.toFixed(1)} ms, medians of the runs above`;
      return { value: ours.median / theirs.median, remark };
    },
  };
  return {
    comparisons: [besideOneCommit(CONNECTIONS), besideOneCommit(512), besideBare],
    figures: [patience],
  };
}

async function startOurs(ground: Ground): Promise<string> {
  const url = await makeSqlite(ground.folder, 'updates', { players: PLAYERS });
  const service = ground.started.use(await startPlayerService({ DATABASE_URL: url }));
  await assertUpdates(service.url, 'PATCH');
  return service.url;
}

async function startOneCommit(ground: Ground): Promise<string> {
  const url = await makeSqlite(ground.folder, 'one-commit', { players: PLAYERS });
  const server = await startServer(new URL('./servers/one-commit.ts', import.meta.url), {
    DATABASE_PATH: url.slice('sqlite:'.length),
  });
  ground.started.use(server);
  await assertUpdates(server.url, 'PUT');
  return server.url;
}

async function startBare(ground: Ground): Promise<string> {
  const server = await startServer(new URL('./servers/bare-fastify.ts', import.meta.url));
  return ground.started.use(server).url;
}

/** Both sides must really change the row, once for each request. */
export async function assertUpdates(url: string, method: 'PATCH' | 'PUT'): Promise<void> {
  const first = await call(`${url}/v1/players/1`, { method, body: { level: 41 } });
  const second = await call(`${url}/v1/players/1`, { method, body: { level: 42 } });
  assert.equal(second['level'], 42);
  assert.equal(second['version'], Number(first['version']) + 1);
}
