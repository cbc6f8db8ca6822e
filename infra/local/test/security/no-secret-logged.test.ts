import { join } from 'node:path';
import { eventually, freePorts, startProcess, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ServiceProcess, type App } from '../fixtures/service-process.ts';

/** Every secret of this test has this in it; base64 has it in another form. */
const mark = 'MARKED-SECRET';
const adminToken = `${mark}-admin-token`;
const clusterKey = Buffer.from(`${mark}-${'k'.repeat(18)}`).toString('base64');
const password = `${mark}-password-of-mina`;
const deviceId = `${mark}-device-of-mina`;
const root = join(import.meta.dirname, '../../../..');
const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

/** Tokens that services hand out during the test; none may be logged either. */
const handedOut = new Set<string>();

async function call(port: number, method: string, path: string, body?: unknown, token?: string) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}`, cookie: `session=${token}` }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  for (const [secret] of text.matchAll(/\b(?:hps|hpk|hpr|whsec)_[\w-]{16,}/g)) handedOut.add(secret);
  for (const [, secret] of text.matchAll(/"(?:refreshToken|secret|key)":"([^"]{16,})"/g))
    handedOut.add(secret ?? '');
  return { status: response.status, text };
}

function expectNoSecret(what: string, output: string): void {
  expect(output.length, `${what} printed nothing`).toBeGreaterThan(0);
  for (const secret of [mark, clusterKey, ...handedOut]) {
    const at = output.indexOf(secret);
    const around = output.slice(Math.max(0, at - 200), at + 200);
    expect(at, `${what} printed ${secret}: …${around}…`).toBe(-1);
  }
}

/** Requests that succeed, and requests that fail in as many ways as there are. */
async function usePlayerService(port: number): Promise<void> {
  const admin = (method: string, path: string, body?: unknown) => call(port, method, path, body, adminToken);
  const mina = { username: 'mina', email: 'mina@example.com', password };
  expect((await call(port, 'POST', '/v1/players', mina)).status).toBe(201);
  const session = await eventually(async () => {
    const answer = await call(port, 'POST', '/v1/sessions', { username: 'mina', password });
    return answer.status === 503 ? null : answer;
  }, PATIENCE);
  const { token = '', playerId = '' } = JSON.parse(session.text) as { token?: string; playerId?: string };
  expect(token).toMatch(/^hps_/);
  await call(port, 'GET', `/v1/players/${playerId}`, undefined, token);
  await call(port, 'GET', '/v1/sessions', undefined, token);
  await call(port, 'POST', '/v1/players', { ...mina, deviceId });
  await call(port, 'POST', '/v1/sessions', { username: 'mina', password: `${password}-wrong` });
  await call(port, 'POST', '/v1/sessions', { username: 'mina', password: 5, extra: password });
  await call(port, 'POST', '/v1/sessions', `{"username":"mina","password":"${password}"`);
  await call(port, 'POST', '/v1/sessions', { deviceId });
  await admin('POST', '/v1/api-keys', { name: 'game server', scopes: ['players:read'] });
  await admin('POST', '/v1/webhook-endpoints', {
    url: 'https://game.example.com/hooks',
    eventTypes: ['balance.changed'],
  });
  await admin('PATCH', `/v1/players/${playerId}`, { level: 5 });
  await admin('PATCH', `/v1/players/${playerId}`, { password: `${password}-other`, level: 'five' });
  await admin('GET', '/v1/audit');
  await admin('POST', '/v1/rewards', { minLevel: 1, gold: 1, reason: 'BONUS' });
  await useBadCredentials(port, '/v1/audit');
}

async function useBadCredentials(port: number, path: string): Promise<void> {
  for (const token of [`${adminToken}-wrong`, `hps_${mark}-unknown`, `hpk_${mark}-unknown`]) {
    await call(port, 'GET', path, undefined, token);
    await call(port, 'POST', path, { token, password }, token);
  }
  await call(port, 'GET', '/docs/json', undefined, adminToken);
  await call(port, 'GET', '/metrics', undefined, adminToken);
  await call(port, 'GET', `/no-such-route`, undefined, adminToken);
}

describe('no secret is logged', { timeout: 180_000 }, () => {
  it('at level trace, whatever the requests', async () => {
    await using folder = temporaryFolder();
    const [raft = 0, coordinator = 0, cache = 0, player = 0, lb = 0, game = 0] = await freePorts(6);
    const urls = { COORDINATOR_URLS: `http://127.0.0.1:${coordinator}` };
    const start = (app: App, port: number, env: Record<string, string>) =>
      ServiceProcess.start({
        app,
        port,
        env: { HOST: '127.0.0.1', ADMIN_TOKEN: adminToken, LOG_LEVEL: 'trace', ...env },
      });
    const services = await Promise.all([
      start('cluster-coordinator', coordinator, {
        CLUSTER_PORT: String(raft),
        CLUSTER_KEY: clusterKey,
        CLUSTER_VOTERS: `coordinator-1@127.0.0.1:${raft}`,
        DATA_DIR: join(folder.path, 'coordinator'),
      }),
      start('cache-service', cache, urls),
      start('player-service', player, {
        ...urls,
        CACHE_URL: `http://127.0.0.1:${cache}`,
        DATABASE_URL: `sqlite:${join(folder.path, 'hanok.db')}`,
      }),
      start('lb-proxy', lb, { ...urls, LISTEN: `127.0.0.1:${game}`, WORKERS: '1' }),
    ]);
    await usePlayerService(player);
    await useBadCredentials(coordinator, '/v1/nodes');
    await useBadCredentials(cache, '/v1/sessions');
    await useBadCredentials(lb, '/v1/backends');
    expect(handedOut.size).toBeGreaterThan(1);
    for (const service of services) {
      await service.stop();
      expectNoSecret(service.options.app, service.output);
    }
  });

  it.each<[App, Record<string, string>]>([
    [
      'player-service',
      {
        ADMIN_TOKEN: `hps_${mark}`,
        DATABASE_URL: `mysql://hanok:${mark}@db/hanok`,
        CACHE_URL: `memcached://:${mark}@cache`,
      },
    ],
    ['player-service', { DATABASE_URL: `postgres://hanok:${mark}@127.0.0.1:1/hanok`, CACHE_URL: 'memory:' }],
    ['cluster-coordinator', { CLUSTER_KEY: mark, COORDINATION_URL: `zookeeper://hanok:${mark}@zk` }],
  ])('by %s when it cannot start with %j', async (app, env) => {
    await using folder = temporaryFolder();
    const [port = 0] = await freePorts(1);
    await using service = await startProcess({
      args: [join(root, 'apps', app, 'src/main.ts')],
      cwd: folder.path,
      env: { PORT: String(port), LOG_LEVEL: 'trace', COORDINATOR_URLS: undefined, ...env },
    });
    expect((await service.exited).code).not.toBe(0);
    expectNoSecret(app, service.output());
  });

  it('by a service that cannot reach what is behind a URL with a password', async () => {
    const [port = 0, nobody = 0] = await freePorts(2);
    await using service = await startProcess({
      args: [join(root, 'apps/cache-service/src/main.ts')],
      env: {
        PORT: String(port),
        LOG_LEVEL: 'trace',
        COORDINATOR_URLS: undefined,
        CACHE_URL: `redis://hanok:${mark}@127.0.0.1:${nobody}`,
      },
    });
    await eventually(async () => {
      const { status, text } = await call(port, 'GET', '/readyz');
      expect(status).toBe(503);
      expect(text).not.toContain(mark);
    }, PATIENCE);
    service.kill('SIGTERM');
    await service.exited;
    expectNoSecret('cache-service', service.output());
  });
});
