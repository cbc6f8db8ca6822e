import { freePorts, redisCommand, startProcess, startRedis, temporaryFolder } from '@hanok/testkit';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { playerOf } from '../support/answers.ts';
import { sendTo, startService } from '../support/service-process.ts';

const lbProxy = fileURLToPath(new URL('../../../lb-proxy/src/main.ts', import.meta.url));

/** How often Redis was asked for a value. */
async function getsOf(redisUrl: string): Promise<number> {
  const stats = String(await redisCommand(redisUrl, ['INFO', 'commandstats']));
  return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

it('two services behind the load balancer keep copies, and serve nothing older than an answered change', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  const redis = stack.use(await startRedis({ dedicated: true }));
  const settings = { DATABASE_URL: `sqlite:${folder.path}/hanok.db`, CACHE_URL: redis.url };
  const one = stack.use(await startService({ ...settings, SERVICE_ID: 'one' }));
  const two = stack.use(await startService({ ...settings, SERVICE_ID: 'two' }));
  const [gamePort = 0, adminPort = 0] = await freePorts(2);
  stack.use(
    await startProcess({
      args: [lbProxy],
      env: {
        LOG_LEVEL: 'warn',
        LISTEN: `127.0.0.1:${gamePort}`,
        PORT: String(adminPort),
        BACKENDS: `one@127.0.0.1:${one.port},two@127.0.0.1:${two.port}`,
        STRATEGY: 'round-robin',
      },
      readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
      readyTimeoutMs: 60_000,
    }),
  );
  const url = `http://127.0.0.1:${gamePort}`;
  const send = (method: string, path: string, body?: object) =>
    sendTo(url, method, path, body === undefined ? {} : { body });

  const ids = await Promise.all(
    Array.from({ length: 3 }, async (_, i) => {
      const body = { username: `near-${i}`, email: `near-${i}@example.com` };
      return playerOf(await send('POST', '/v1/players', body)).id;
    }),
  );
  const acknowledged = new Map(ids.map((id) => [id, 1]));
  const servedBy = new Set<unknown>();
  let reads = 0;
  let stale = 0;
  const work = { isOn: true };

  const read = async (id: string): Promise<void> => {
    const atLeast = acknowledged.get(id) ?? 0;
    const reply = await send('GET', `/v1/players/${id}`);
    servedBy.add(reply.headers['x-served-by']);
    reads += 1;
    if (playerOf(reply).level < atLeast) stale += 1;
  };
  const readOn = async (id: string): Promise<void> => {
    while (work.isOn) await read(id);
  };
  const readers = Promise.all(ids.map(readOn));
  const getsBefore = await getsOf(redis.url);
  const write = async (): Promise<void> => {
    for (let level = 2; level < 7; level += 1) {
      for (const id of ids) {
        expect((await send('PATCH', `/v1/players/${id}`, { level })).status).toBe(200);
        acknowledged.set(id, level);
        await Promise.all([read(id), read(id)]);
      }
      // Time in which copies are served from the processes.
      const until = reads + 40;
      await expect.poll(() => reads, { timeout: 60_000 }).toBeGreaterThan(until);
    }
  };
  await Promise.all([readers, write().finally(() => (work.isOn = false))]);

  expect(stale).toBe(0);
  expect(servedBy).toEqual(new Set(['one', 'two']));
  expect((await getsOf(redis.url)) - getsBefore).toBeLessThan(reads / 2);
}, 240_000);
