import { freePorts, startProcess } from '@hanok/testkit';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startService } from './support/service-process.ts';
import { databaseKinds } from './support/test-app.ts';

const LB_PROXY = fileURLToPath(new URL('../../lb-proxy/src/main.ts', import.meta.url));

/** The status of a log-in with a wrong password, from one of this machine's own addresses. */
async function logInFrom(localAddress: string, port: number, username: string): Promise<number | undefined> {
  const sent = request({
    host: '127.0.0.1',
    port,
    localAddress,
    method: 'POST',
    path: '/v1/sessions',
    headers: { 'content-type': 'application/json' },
    agent: false,
  });
  sent.end(JSON.stringify({ username, password: 'a wrong horse battery' }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

it('tells clients apart by their addresses behind lb-proxy, which sends PROXY headers', async () => {
  const [sqlite] = databaseKinds;
  if (sqlite === undefined) throw new Error('SQLite is always there');
  await using database = await sqlite.create();
  await using service = await startService({
    DATABASE_URL: database.url,
    CACHE_URL: 'memory:',
    TRUSTED_PROXIES: '127.0.0.1',
    LOG_IN_FAILURES_PER_ADDRESS: '3',
  });
  const [port = 0, adminPort = 0] = await freePorts(2);
  await using _proxy = await startProcess({
    args: [LB_PROXY],
    env: {
      LISTEN: `127.0.0.1:${port}`,
      PORT: String(adminPort),
      BACKENDS: `one@127.0.0.1:${service.port}`,
      PROXY_PROTOCOL_TO: 'v2',
      COORDINATOR_URLS: '',
      WORKERS: '1',
      LOG_LEVEL: 'warn',
    },
    readyUrl: `http://127.0.0.1:${port}/readyz`,
    readyTimeoutMs: 60_000,
  });
  const attacker = [];
  for (let i = 0; i < 5; i += 1) attacker.push(await logInFrom('127.0.0.2', port, `victim-${i}`));
  expect(attacker).toEqual([401, 401, 401, 429, 429]);
  expect(await logInFrom('127.0.0.3', port, 'somebody-else'), 'another client').toBe(401);
  // Without a header the proxy speaks for itself: its address is as good as any.
  expect((await service.send('GET', '/healthz')).status).toBe(200);
}, 150_000);
