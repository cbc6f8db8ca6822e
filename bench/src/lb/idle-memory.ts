import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Figure } from '../harness/figure.ts';
import { spreadOf } from '../harness/statistics.ts';
import { startLoad } from './load-process.ts';
import type { Proxy } from './proxies.ts';

const connections = 5_000;
const samples = 3;
const settlingMs = 1_500;

/** Memory that an idle connection, client and backend, costs beyond the empty process; each time in a new one. */
export function idleMemory(start: () => Promise<Proxy>, startPeer: () => Promise<Proxy>): Figure {
  return {
    title: `memory of an idle connection pair, ${connections.toLocaleString('en')} of them`,
    unit: 'KiB',
    must: 12,
    better: 'lower',
    async measure() {
      const ours = await spreadFor(start);
      const peer = await spreadFor(startPeer);
      const range = `${ours.lowest.toFixed(1)}–${ours.highest.toFixed(1)} in ${samples} runs`;
      return { value: ours.median, remark: `${range}; ${peer.name}: ${peer.median.toFixed(1)} KiB` };
    },
  };
}

async function spreadFor(start: () => Promise<Proxy>) {
  const figures: number[] = [];
  let name = '';
  for (let sample = 0; sample < samples; sample++) {
    await using proxy = await start();
    ({ name } = proxy);
    await sleep(settlingMs);
    const emptyKib = memoryKib(proxy);
    const script = new URL('./idle-clients-process.ts', import.meta.url);
    await using clients = await startLoad(script, [proxy.port, connections]);
    if (clients.line !== 'ready') throw new Error(clients.line);
    await sleep(settlingMs);
    figures.push((memoryKib(proxy) - emptyKib) / connections);
  }
  return { name, ...spreadOf(figures) };
}

/** The process's share of all memory it uses ("PSS"). */
function memoryKib({ process: { child } }: Proxy): number {
  const text = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1]);
}
