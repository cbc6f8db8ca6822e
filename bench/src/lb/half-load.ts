import assert from 'node:assert/strict';
import type { Comparison, Contender } from '../harness/compare.ts';
import { startLoad } from './load-process.ts';
import type { Proxy } from './proxies.ts';
import { answeredRequests } from './wrk.ts';

const connections = 64;
const capacitySeconds = 2;
const loadSeconds = 2;

/** How long answers take when both are given half of what the slower of them carries. */
export function halfLoad(wrk: string, peer: Proxy, ours: Proxy): Comparison {
  let rate: Promise<number> | undefined;
  const capacity = async ({ url }: Proxy): Promise<number> =>
    (await answeredRequests(wrk, { url, connections, seconds: capacitySeconds })) / capacitySeconds;
  const halfRate = async (): Promise<number> =>
    Math.round(Math.min(await capacity(peer), await capacity(ours)) / 2);
  const contender = (proxy: Proxy): Contender => ({
    name: proxy.name,
    async measure() {
      rate ??= halfRate();
      return await percentile99Ms(proxy, await rate);
    },
  });
  return {
    title: `99th percentile at half of what both carry, ${connections} connections, fixed rate`,
    unit: 'ms',
    peer: contender(peer),
    ours: contender(ours),
    bound: { must: 1.25, better: 'lower' },
  };
}

async function percentile99Ms({ port }: Proxy, rate: number): Promise<number> {
  const script = new URL('./fixed-rate-process.ts', import.meta.url);
  await using load = await startLoad(script, [port, connections, rate, loadSeconds]);
  const { p99 } = JSON.parse(load.line) as { p99?: unknown };
  assert.ok(typeof p99 === 'number');
  return p99;
}
