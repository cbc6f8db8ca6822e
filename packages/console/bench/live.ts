import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createServer, silentLogger } from '@hanok/service-kit';
import { chromium } from 'playwright-core';
import { addConsole } from '../src/index.ts';
import { FakeSource, serviceEntry } from '../test/support/fake-source.ts';

/**
 * What it costs to show 1,000 backends of 4 lb-proxies and 1,000 services that all change every second: the share of
 * a core in the server (this process; the lb-proxies are played by another) and in the browser's page, and how soon a
 * change is seen. `node packages/console/bench/live.ts [seconds]`.
 */
const seconds = Number(process.argv[2] ?? 20);
const perBalancer = 250;
const balancers = 4;

const played = fork(join(import.meta.dirname, 'played-balancers.ts'), [`${balancers}`, `${perBalancer}`]);
const [ports] = (await once(played, 'message')) as [number[]];

const source = new FakeSource();
const services = Array.from({ length: 1_000 }, (_, index) => serviceEntry(`game-${index}`, 'game', 1));
const balancerEntries = ports.map((port, index) => serviceEntry(`lb-${index}`, 'lb-proxy', port));
let round = 0;
setInterval(() => {
  round += 1;
  const state = round % 2 === 0 ? 'ready' : 'draining';
  source.entries = [...balancerEntries, ...services.map((each) => ({ ...each, state }))];
}, 1_000);
source.entries = [...balancerEntries, ...services];
const server = await createServer({ name: 'bench', description: 'bench', host: '127.0.0.1' });
await addConsole(server, { source, auditFolder: null, logger: silentLogger });
const url = await server.listen({ host: '127.0.0.1', port: 0 });

const browser = await chromium.launch({
  executablePath: process.env['HANOK_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
const devTools = await page.context().newCDPSession(page);
await devTools.send('Performance.enable');
const busySeconds = async (): Promise<number> => {
  const { metrics } = await devTools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
};

for (const name of ['overview', 'balancer', 'cluster']) {
  const openedMs = performance.now();
  await page.goto(`${url}/console/#/${name}`);
  await page.locator('.live.on').waitFor();
  const firstViewMs = performance.now() - openedMs;
  await page.waitForTimeout(3_000);
  const [cpuBefore, busyBefore, startedMs] = [process.cpuUsage(), await busySeconds(), performance.now()];
  await page.waitForTimeout(seconds * 1_000);
  const { user, system } = process.cpuUsage(cpuBefore);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const serverShare = (user + system) / 1e6 / elapsedSeconds;
  const browserShare = ((await busySeconds()) - busyBefore) / elapsedSeconds;
  const at = new Date().toISOString();
  const seen = page.locator('.timeline li', { hasText: `lost-${name}` });
  source.events = [{ id: at, at, kind: 'dead', subject: `lost-${name}`, scope: 'game', detail: '' }];
  source.changed();
  let seenMs: number | null = null;
  if (name === 'overview') {
    await seen.waitFor();
    seenMs = Date.now() - Date.parse(at);
  }
  const figures = {
    page: name,
    firstViewMs: Math.round(firstViewMs),
    server: `${(serverShare * 100).toFixed(1)} % of a core`,
    browser: `${(browserShare * 100).toFixed(1)} % of a core`,
    changeSeenMs: seenMs,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
await browser.close();
process.exit(0);
