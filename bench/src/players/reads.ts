import assert from 'node:assert/strict';
import type { Comparison } from '../harness/compare.ts';
import { startServer } from '../harness/http-server-process.ts';
import { makeSqlite } from './dataset.ts';
import { onDemand, type Ground } from './ground.ts';
import { readsOfOneself } from './loads.ts';
import { startPlayerService } from './player-service.ts';
import { samplePlayer } from './sample-player.ts';
import { asServer } from './settings.ts';
import { perCpuSecond } from './throughput.ts';

const PLAYERS = 10_000;

/** Point reads over HTTP beside fastify that answers the same body from memory. */
export function readComparisons(ground: Ground): Comparison[] {
  const bare = onDemand(async () =>
    ground.started.use(await startServer(new URL('./servers/bare-fastify.ts', import.meta.url))),
  );
  const database = onDemand(() => makeSqlite(ground.folder, 'reads', { players: PLAYERS }));
  const withLog = (level: string) =>
    onDemand(async () => {
      const service = await startPlayerService({ DATABASE_URL: await database(), LOG_LEVEL: level });
      ground.started.use(service);
      const answer = await fetch(`${service.url}/v1/players/${samplePlayer.id}`, { headers: asServer });
      assert.deepEqual(await answer.json(), { ...samplePlayer });
      return { service, script: await readsOfOneself(service, PLAYERS) };
    });
  const peer = onDemand(async () => {
    const server = await bare();
    const { script } = await usual();
    return { server, script };
  });
  const usual = withLog('info');
  const logged = withLog('debug');
  const comparison = (
    title: string,
    ours: typeof usual,
    bound: { must: number; aim?: number },
  ): Comparison => ({
    title,
    unit: 'requests per CPU-second',
    peer: {
      name: 'bare fastify, the body from memory',
      measure: async () => {
        const { server, script } = await peer();
        return perCpuSecond(ground, server, server.url, script);
      },
    },
    ours: {
      name: 'player-service',
      measure: async () => {
        const { service, script } = await ours();
        return perCpuSecond(ground, service.process, service.url, script);
      },
    },
    bound,
  });
  return [
    comparison('point read by id: auth, validation, metrics, rate limit', usual, { must: 0.4, aim: 0.5 }),
    comparison('point read by id: the same and the access log', logged, { must: 0.3 }),
  ];
}
