import { join } from 'node:path';
import { eventually, freePorts, startRedis, temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess, type App } from '../fixtures/service-process.ts';
import { SteadyLoad, type Errand } from './steady-load.ts';

/** Requests that must have been answered between two steps, so that each step meets load. */
const ANSWERS_BETWEEN_STEPS = 200;
/**
 * What is replaced, one after the other, before lb-proxy: by default one of each service, and both player-services, because
 * the second one's going shows that the first one is used again.
 */
const upgraded = (process.env['HANOK_TEST_UPGRADED'] ?? 'player-1,player-2,cache-1,coordinator-1').split(',');
const PATIENCE = { timeoutMs: 60_000, intervalMs: 20 };

let folder: TemporaryFolder;
const cleanUps: AsyncDisposable[] = [];
const services = new Map<string, ServiceProcess>();
let ports: Record<string, number> = {};

function port(name: string): number {
  return ports[name] ?? 0;
}

async function start(name: string, app: App, env: Record<string, string>): Promise<void> {
  const common = { HOST: '127.0.0.1', LOG_LEVEL: 'warn', SERVICE_ID: name, SHUTDOWN_DEADLINE_MS: '20000' };
  const service = await ServiceProcess.start({ app, port: port(name), env: { ...common, ...env } });
  cleanUps.push(service);
  services.set(name, service);
}

beforeAll(async () => {
  folder = temporaryFolder();
  const redis = await startRedis();
  cleanUps.push(redis);
  const names = ['coordinator-1', 'coordinator-2', 'coordinator-3', 'raft-1', 'raft-2', 'raft-3'];
  names.push('cache-1', 'cache-2', 'player-1', 'player-2', 'lb', 'game');
  const free = await freePorts(names.length);
  ports = Object.fromEntries(names.map((name, index) => [name, free[index] ?? 0]));
  const voters = [1, 2, 3].map((n) => `coordinator-${n}@127.0.0.1:${port(`raft-${n}`)}`).join(',');
  const coordinatorUrls = [1, 2, 3].map((n) => `http://127.0.0.1:${port(`coordinator-${n}`)}`).join(',');
  const shared = { COORDINATOR_URLS: coordinatorUrls, CACHE_URL: redis.url };
  const players = { ...shared, DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}` };
  await Promise.all([
    ...[1, 2, 3].map((n) =>
      start(`coordinator-${n}`, 'cluster-coordinator', {
        NODE_ID: `coordinator-${n}`,
        CLUSTER_PORT: String(port(`raft-${n}`)),
        CLUSTER_VOTERS: voters,
        DATA_DIR: join(folder.path, `coordinator-${n}`),
      }),
    ),
    start('player-1', 'player-service', players),
    start('player-2', 'player-service', players),
    start('cache-1', 'cache-service', shared),
    start('cache-2', 'cache-service', shared),
    start('lb', 'lb-proxy', {
      COORDINATOR_URLS: coordinatorUrls,
      LISTEN: `127.0.0.1:${port('game')}`,
      WORKERS: '1',
      UPGRADE_SOCKET: join(folder.path, 'upgrade', 'lb.sock'),
    }),
  ]);
}, 120_000);

afterAll(async () => {
  for (const each of cleanUps.toReversed()) await each[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function errands(playerId: string): Errand[] {
  const game = { ports: [port('game')] };
  const gold = { amount: 1, reason: 'FOUND' };
  const caches = { ports: [port('cache-1'), port('cache-2')] };
  const coordinators = { ports: [1, 2, 3].map((n) => port(`coordinator-${n}`)) };
  const read: Errand = { name: 'read a player', ...game, method: 'GET', path: `/v1/players/${playerId}` };
  const post = { method: 'POST' } as const;
  return [
    read,
    read,
    { name: 'give gold', ...game, ...post, path: `/v1/players/${playerId}/gold`, body: gold },
    { name: 'count', ...game, ...post, path: '/v1/counters/rounds', body: { by: 1 } },
    { name: 'count at the cache', ...caches, ...post, path: '/v1/counters/cache-rounds', body: { by: 1 } },
    { name: 'who is there', ...coordinators, method: 'GET', path: '/v1/nodes?service=player-service' },
  ];
}

/** Through lb-proxy, as soon as it has found who is behind it. */
function createPlayer(): Promise<string> {
  const body = JSON.stringify({ username: 'hong', email: 'hong@example.com', deviceId: 'a-device-of-ours' });
  const headers = { 'content-type': 'application/json', connection: 'close', 'idempotency-key': 'hong' };
  return eventually(async () => {
    const url = `http://127.0.0.1:${port('game')}/v1/players`;
    const response = await fetch(url, { method: 'POST', headers, body });
    expect(response.status).toBe(201);
    return ((await response.json()) as { id: string }).id;
  }, PATIENCE);
}

/** Lets the load go on for a while. */
async function underLoad(load: SteadyLoad): Promise<void> {
  const enough = load.answered + ANSWERS_BETWEEN_STEPS;
  await eventually(() => load.answered >= enough, PATIENCE);
}

/** A new lb-proxy takes over from the running one, which ends by itself. */
async function upgradeLbProxy(): Promise<void> {
  const before = services.get('lb');
  if (before === undefined) throw new Error('there is no lb-proxy');
  const after = await ServiceProcess.start(before.options);
  cleanUps.push(after);
  services.set('lb', after);
  await eventually(() => before.hasEnded, PATIENCE);
}

describe('a rolling upgrade of every service', { timeout: 240_000 }, () => {
  it('under load fails no request', async () => {
    const playerId = await createPlayer();
    const load = new SteadyLoad(errands(playerId));
    await underLoad(load);
    for (const name of upgraded) {
      await services.get(name)?.replace();
      await underLoad(load);
      expect(load.failures, `while ${name} was replaced`).toEqual([]);
    }
    await upgradeLbProxy();
    await underLoad(load);
    await load.end();
    expect(load.failures).toEqual([]);
  });
});
