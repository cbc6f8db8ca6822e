import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../harness/compare.ts';
import type { Suite } from '../harness/suite.ts';
import { bulkBytes, startOrigin } from '../lb/origin.ts';
import { startHaproxy, startLbProxy, startNginxStream, type Proxy } from '../lb/proxies.ts';
import { findTools } from '../lb/tools.ts';
import { answeredRequests, type WrkLoad } from '../lb/wrk.ts';

const seconds = 3;

/** lb-proxy with each relay engine beside HAProxy and nginx, by what each does in a second of processor time. */
export const lbSuite: Suite = {
  name: 'lb',
  async prepare() {
    const tools = findTools(['haproxy', 'nginx', 'wrk']);
    const stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'hanok-bench-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const origin = stack.use(await startOrigin(tools.nginx, folder));
    const haproxy = stack.use(await startHaproxy(tools.haproxy, folder, origin.port));
    const nginx = stack.use(await startNginxStream(tools.nginx, folder, origin.port));
    const linux = stack.use(await startLbProxy('linux', origin.port));
    const portable = stack.use(await startLbProxy('portable', origin.port));
    for (const proxy of [haproxy, nginx, linux, portable]) await assertRelays(proxy);

    const perCpuSecond = (proxy: Proxy, path: string, load: Omit<WrkLoad, 'url' | 'seconds'>) => ({
      name: proxy.name,
      async measure() {
        const before = proxy.process.cpuSeconds();
        const answered = await answeredRequests(tools.wrk, { url: proxy.url + path, seconds, ...load });
        return answered / (proxy.process.cpuSeconds() - before);
      },
    });
    const comparison = (
      what: string,
      peer: Proxy,
      ours: Proxy,
      path: string,
      load: Omit<WrkLoad, 'url' | 'seconds'>,
    ) =>
      ({
        title: `${what}, ${ours.name}`,
        unit: 'requests per CPU-second',
        peer: perCpuSecond(peer, path, load),
        ours: perCpuSecond(ours, path, load),
      }) satisfies Comparison;

    return {
      comparisons: [
        ...[64, 512, 2_000].flatMap((connections) => {
          const what = `small requests, ${connections} connections`;
          return [
            comparison(what, haproxy, linux, '/', { connections }),
            comparison(what, nginx, linux, '/', { connections }),
            comparison(what, haproxy, portable, '/', { connections }),
          ];
        }),
        comparison(`answers of ${bulkBytes / 1_048_576} MiB, 16 connections`, haproxy, linux, '/bulk', {
          connections: 16,
        }),
        comparison('a connection for each request, 64 at once', haproxy, linux, '/', {
          connections: 64,
          closeEach: true,
        }),
      ],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
};

async function assertRelays(proxy: Proxy): Promise<void> {
  assert.equal(await (await fetch(proxy.url)).text(), 'hello, game', proxy.name);
  const bulk = await (await fetch(`${proxy.url}/bulk`)).text();
  assert.equal(bulk, 'x'.repeat(bulkBytes), proxy.name);
}
