import { afterEach, expect, it, vi } from 'vitest';
import { eventually, startEtcd, startEtcdCluster, type TestServer } from '../src/index.ts';
import { isListening } from './alive.ts';

afterEach(() => vi.unstubAllEnvs());

const encode = (text: string): string => Buffer.from(text).toString('base64');

async function call(server: TestServer, method: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`http://${server.host}:${server.port}/v3/kv/${method}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok) throw new Error(`${method}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
}

const put = (server: TestServer, key: string, value: string) =>
  call(server, 'put', { key: encode(key), value: encode(value) });

async function get(server: TestServer, key: string): Promise<string | undefined> {
  const { kvs } = (await call(server, 'range', { key: encode(key) })) as { kvs?: { value: string }[] };
  const value = kvs?.[0]?.value;
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString();
}

it('comes back after kill on the same port with what it acknowledged', async () => {
  await using etcd = await startEtcd({ dedicated: true });
  expect(etcd.url).toBe(`etcd://127.0.0.1:${etcd.port}`);
  await put(etcd, 'leader', 'one');
  await etcd.kill();
  expect(await isListening(etcd.port)).toBe(false);
  await etcd.restart();
  expect(await get(etcd, 'leader')).toBe('one');
});

it('goes on as a cluster when one of three is killed', async () => {
  await using cluster = await startEtcdCluster();
  const [first, second, third] = cluster.servers;
  if (first === undefined || second === undefined || third === undefined) throw new Error('not three');
  await put(first, 'leader', 'one');
  await first.kill();
  await eventually(() => put(second, 'leader', 'two'));
  expect(await get(third, 'leader')).toBe('two');
  await first.restart();
  await eventually(async () => (await get(first, 'leader')) === 'two');
});

it('of the environment is used and cannot be killed', async () => {
  await using theirs = await startEtcd({ dedicated: true });
  vi.stubEnv('HANOK_TEST_ETCD_URL', `http://${theirs.host}:${theirs.port}`);
  await using etcd = await startEtcd();
  expect([etcd.url, etcd.host, etcd.port]).toEqual([theirs.url, theirs.host, theirs.port]);
  await put(etcd, 'leader', 'one');
  await expect(etcd.kill()).rejects.toThrow('Cannot kill the etcd of HANOK_TEST_ETCD_URL');
  await etcd.stop();
  expect(await isListening(theirs.port)).toBe(true);
});
