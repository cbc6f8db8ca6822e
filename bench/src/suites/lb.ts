import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bound } from '../harness/bound.ts';
import type { Comparison } from '../harness/compare.ts';
import type { Suite } from '../harness/suite.ts';
import { halfLoad } from '../lb/half-load.ts';
import { idleMemory } from '../lb/idle-memory.ts';
import { bulkBytes, startOrigin } from '../lb/origin.ts';
import { startHaproxy, startLbProxy, startNginxStream, type Proxy } from '../lb/proxies.ts';
import { findTools } from '../lb/tools.ts';
import { answeredRequests, type WrkLoad } from '../lb/wrk.ts';

const seconds = 2;
const bulkMebibytes = bulkBytes / 1_048_576;
const bothCores = [0, 1];

/** lb-proxy with each relay engine beside HAProxy and nginx, by what each does in a second of processor time. */
export const lbSuite: Suite = {
  name: 'lb',
  async prepare() {
    const tools = findTools(['haproxy', 'nginx', 'wrk']);
    const stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'hanok-bench-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const origin = stack.use(await startOrigin(tools.nginx, folder));
    const startPeer = () => startHaproxy(tools.haproxy, folder, origin.port);
    const haproxy = stack.use(await startPeer());
    const nginx = stack.use(await startNginxStream(tools.nginx, folder, origin.port));
    const ours = stack.use(await startLbProxy(origin.port));
    const linux = stack.use(await startLbProxy(origin.port, { relay: 'linux' }));
    const portable = stack.use(await startLbProxy(origin.port, { relay: 'portable' }));
    const one = stack.use(await startLbProxy(origin.port, { cores: bothCores }));
    const two = stack.use(await startLbProxy(origin.port, { cores: bothCores, workers: 2 }));
    for (const proxy of [haproxy, nginx, ours, linux, portable, one, two]) await assertRelays(proxy);

    const perCpuSecond = (proxy: Proxy, load: Load) => ({
      name: proxy.name,
      async measure() {
        const { path = '/', each = 1, ...rest } = load;
        const before = proxy.process.cpuSeconds();
        const answered = await answeredRequests(tools.wrk, { url: proxy.url + path, seconds, ...rest });
        return (answered * each) / (proxy.process.cpuSeconds() - before);
      },
    });
    const comparison = (what: string, [peer, mine]: Pair, load: Load, bound: Bound = {}): Comparison => ({
      title: `${what}, ${mine.name}`,
      unit: `${load.unit ?? 'requests'} per CPU-second`,
      peer: perCpuSecond(peer, load),
      ours: perCpuSecond(mine, load),
      bound,
    });

    return {
      comparisons: [
        ...[64, 512, 2_000].flatMap((connections) => {
          const what = `small requests, ${connections} connections`;
          return [
            comparison(what, [haproxy, ours], { connections }, { must: 1, aim: 1.3 }),
            comparison(what, [nginx, ours], { connections }),
            comparison(what, [haproxy, linux], { connections }),
            comparison(what, [haproxy, portable], { connections }),
          ];
        }),
        comparison(
          `answers of ${bulkMebibytes} MiB, 16 connections`,
          [haproxy, ours],
          { connections: 16, path: '/bulk', each: bulkMebibytes, unit: 'MiB' },
          { must: 0.8 },
        ),
        comparison(
          'a connection for each request, 64 at once',
          [haproxy, ours],
          { connections: 64, closeEach: true, unit: 'connections' },
          { must: 0.7 },
        ),
        // The load needs a part of both cores: what a second worker adds shows in what a request costs.
        comparison(
          'two workers beside one, 256 connections',
          [one, two],
          { connections: 256 },
          { must: 0.85 },
        ),
        halfLoad(tools.wrk, haproxy, ours),
      ],
      figures: [idleMemory(() => startLbProxy(origin.port), startPeer)],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
};

/** A peer, and ours. */
type Pair = readonly [Proxy, Proxy];

interface Load extends Omit<WrkLoad, 'url' | 'seconds'> {
  /** Default `/`. */
  readonly path?: string;
  /** What an answer counts for in `unit`; default 1. */
  readonly each?: number;
  readonly unit?: string;
}

async function assertRelays(proxy: Proxy): Promise<void> {
  assert.equal(await (await fetch(proxy.url)).text(), 'hello, game', proxy.name);
  const bulk = await (await fetch(`${proxy.url}/bulk`)).text();
  assert.equal(bulk, 'x'.repeat(bulkBytes), proxy.name);
}
