import assert from 'node:assert/strict';
import type { Comparison } from '../harness/compare.ts';
import { requestsPerCpuSecond } from '../harness/http-load.ts';
import { startServer, type ServerProcess } from '../harness/http-server-process.ts';
import { samplePlayer } from '../players/sample-player.ts';
import { asService, send } from './cache-service.ts';

const path = '/v1/cache/players/500';

/** A cached player over HTTP beside fastify that answers the same body from memory. */
export async function preparePlayerReads(
  service: ServerProcess,
  stack: AsyncDisposableStack,
): Promise<Comparison> {
  await send(service.url + path, 'PUT', { player: samplePlayer });
  const body = await send(service.url + path, 'GET');
  assert.deepEqual((JSON.parse(body) as { player: object }).player, samplePlayer);
  const bare = stack.use(await startServer(new URL('bare-fastify.ts', import.meta.url), {}, [body]));
  assert.equal(await send(bare.url + path, 'GET'), body);
  const measure = (server: ServerProcess) => () => requestsPerCpuSecond(server, { path, headers: asService });
  return {
    title: 'cached player over HTTP: auth, validation, metrics',
    unit: 'requests per CPU-second',
    peer: { name: 'bare fastify, the body from memory', measure: measure(bare) },
    ours: { name: 'cache-service', measure: measure(service) },
    bound: { must: 0.6 },
  };
}
