import { startPostgres } from '@hanok/testkit';
import assert from 'node:assert/strict';
import { Client } from 'pg';
import type { Comparison } from '../harness/compare.ts';
import { startServer } from '../harness/http-server-process.ts';
import { call } from './api.ts';
import { migrate } from './dataset.ts';
import { onDemand, type Ground } from './ground.ts';
import { readsOfOneself, updatesOfLevels } from './loads.ts';
import { startPlayerService } from './player-service.ts';
import { load } from './throughput.ts';
import { assertUpdates } from './updates.ts';

const PLAYERS = 100_000;
const ROUTE = new URL('./servers/postgres-route.ts', import.meta.url);

/** The repository beside `pg` with named statements in the same routes, and the whole service beside the same. */
export function postgresComparisons(ground: Ground): Comparison[] {
  const database = onDemand(() => startFilled(ground));
  const route = (by: 'pg' | 'repository') =>
    onDemand(async () => {
      const server = await startServer(ROUTE, { DATABASE_URL: await database(), ROUTE_BY: by });
      ground.started.use(server);
      const player = await call(`${server.url}/v1/players/7`);
      assert.deepEqual([player['id'], player['username']], [7, 'player-7']);
      await assertUpdates(server.url, 'PUT');
      return server.url;
    });
  const service = onDemand(async () => {
    const started = ground.started.use(await startPlayerService({ DATABASE_URL: await database() }));
    await assertUpdates(started.url, 'PATCH');
    return started;
  });
  const reads = onDemand(async () => readsOfOneself(await service(), PLAYERS));
  const servers = { pg: route('pg'), repository: route('repository') };
  const contender = (name: string, url: () => Promise<string>, script: () => string | Promise<string>) => ({
    name,
    measure: async () => (await load(ground, await url(), await script())).perSecond,
  });
  const put = () => updatesOfLevels('PUT', PLAYERS);
  const patch = () => updatesOfLevels('PATCH', PLAYERS);
  const serviceUrl = async () => (await service()).url;
  const unit = 'requests/s';
  const byPg = 'fastify and pg';
  return [
    {
      title: 'PostgreSQL point read over HTTP, the same route',
      unit,
      peer: contender(byPg, servers.pg, reads),
      ours: contender('fastify and repository', servers.repository, reads),
      bound: { must: 1.5 },
    },
    {
      title: 'PostgreSQL update over HTTP, the same route',
      unit,
      peer: contender(byPg, servers.pg, put),
      ours: contender('fastify and repository', servers.repository, put),
      bound: { must: 1.5 },
    },
    {
      title: 'PostgreSQL point read over HTTP, the whole service and its cache',
      unit,
      peer: contender(byPg, servers.pg, reads),
      ours: contender('player-service', serviceUrl, reads),
    },
    {
      title: 'PostgreSQL update over HTTP, the whole service',
      unit,
      peer: contender(byPg, servers.pg, put),
      ours: contender('player-service', serviceUrl, patch),
    },
  ];
}

/** A server that syncs its commits, as in production. */
async function startFilled(ground: Ground): Promise<string> {
  const postgres = await startPostgres({
    settings: { fsync: 'on', full_page_writes: 'on', shared_buffers: '256MB', max_wal_size: '4GB' },
  });
  ground.started.use(postgres);
  await migrate(postgres.url);
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(
    `INSERT INTO players (username, username_key, email, email_key, level, gold, created_at, version)
     SELECT 'player-' || n, 'player-' || n, 'player-' || n || '@hanok.example',
       'player-' || n || '@hanok.example', n % 100 + 1, 1000, 1767225600000, 1
     FROM generate_series(1, ${PLAYERS}) AS n`,
  );
  await client.query('VACUUM ANALYZE players');
  await client.end();
  return postgres.url;
}
