import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { eventually, freePort } from '@hanok/testkit';
import { PinnedProcess } from '../harness/pinned-process.ts';
import type { ServerProcess } from '../harness/http-server-process.ts';

const main = new URL('../../../apps/cache-service/src/main.ts', import.meta.url);

/** The service credential of the services under measurement. */
export const adminToken = 'credential-of-the-benchmark';
/** Sent with each request. */
export const asService = { authorization: `Bearer ${adminToken}` };

/** What cache-service is started with by its own `npm start`: options of Node. */
export const cacheServiceOptions: readonly string[] = startOptions();

function startOptions(): string[] {
  const { scripts } = JSON.parse(
    readFileSync(new URL('../../../apps/cache-service/package.json', import.meta.url), 'utf8'),
  ) as { readonly scripts: { readonly start: string } };
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
}

/** A cache-service on the first core that is its own engine. */
export async function startCacheService(): Promise<ServerProcess> {
  const port = await freePort();
  const service = new PinnedProcess(0, process.execPath, [...cacheServiceOptions, main.pathname], {
    NODE_ENV: 'production',
    CACHE_URL: 'memory:',
    ADMIN_TOKEN: adminToken,
    PORT: String(port),
  });
  service.child.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => assert.ok((await fetch(`${url}/readyz`)).ok), { timeoutMs: 60_000 });
  return {
    url,
    cpuSeconds: () => service.cpuSeconds(),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** One request; throws unless it is answered with 2xx. */
export async function send(url: string, method: string, body?: object): Promise<string> {
  const answer = await fetch(url, {
    method,
    headers: { ...asService, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text;
}
