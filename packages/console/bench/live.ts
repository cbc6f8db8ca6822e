import { createServer, silentLogger, type HanokServer } from '@hanok/service-kit';
import { chromium } from 'playwright-core';
import { addConsole } from '../src/index.ts';
import { FakeSource, serviceEntry } from '../test/support/fake-source.ts';

/**
 * What it costs to show 1,000 backends of 4 lb-proxies and 1,000 services that all change every second: the share of
 * a core in the server (this process, without the played lb-proxies) and in the browser's page, and how soon a change
 * is seen. `node packages/console/bench/live.ts [seconds]`.
 */
const seconds = Number(process.argv[2] ?? 20);
const perBalancer = 250;
const balancers = 4;

const listen = (server: HanokServer): Promise<string> => server.listen({ host: '127.0.0.1', port: 0 });

/** An lb-proxy whose every figure is another one each time. The answers are made beforehand, to cost little here. */
async function playBalancer(): Promise<number> {
  const server = await createServer({ name: 'played', description: 'played', host: '127.0.0.1' });
  const answers = Array.from({ length: 8 }, (_, round) => JSON.stringify(statistics(round)));
  let asked = 0;
  const listener = { name: 'main', listen: '127.0.0.1:1', port: 1, strategy: 'round-robin', pools: [] };
  const none = { active: [], connectionsPerSecond: [], bytesPerSecond: [], p50Ms: [], p99Ms: [] };
  server.get('/v1/listeners', () => ({ items: [listener] }));
  server.get('/v1/stats', (_request, reply) =>
    reply.type('application/json').send(answers[(asked += 1) % 8]),
  );
  server.get('/v1/history', () => ({ intervalMs: 5_000, lastSample: 1, total: none, items: [] }));
  server.get('/v1/events', () => new Promise(() => undefined));
  return Number(new URL(await listen(server)).port);
}

function statistics(round: number) {
  return {
    uptimeMs: 1,
    strategy: 'round-robin',
    connections: { total: round * 10_000, active: round, waiting: 0 },
    refused: {},
    panic: false,
    discovery: { connected: true },
    backends: Array.from({ length: perBalancer }, (_, index) => ({
      id: `backend-${index}`,
      pool: null,
      host: '127.0.0.1',
      port: index + 1,
      address: '127.0.0.1',
      weight: 1,
      maxConnections: 0,
      state: 'enabled',
      source: 'discovery',
      health: 'up',
      eligible: true,
      activeConnections: (index * 7 + round * 13) % 100,
      totalConnections: round * 1_000 + index * round,
      failedConnects: 0,
      bytesToBackend: round * 100_000 + index * round,
      bytesToClient: round * 300_000 + index * round,
    })),
  };
}

const source = new FakeSource();
const ports = await Promise.all(Array.from({ length: balancers }, playBalancer));
const services = Array.from({ length: 1_000 }, (_, index) => serviceEntry(`game-${index}`, 'game', 1));
source.entries = [...ports.map((port, index) => serviceEntry(`lb-${index}`, 'lb-proxy', port)), ...services];
const server = await createServer({ name: 'bench', description: 'bench', host: '127.0.0.1' });
await addConsole(server, { source, auditFolder: null, logger: silentLogger });
const url = await listen(server);

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
    server: `${(serverShare * 100).toFixed(1)} % of a core, the played lb-proxies included`,
    browser: `${(browserShare * 100).toFixed(1)} % of a core`,
    changeSeenMs: seenMs,
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
await browser.close();
process.exit(0);
