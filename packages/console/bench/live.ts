import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Question } from './watched-console.ts';

/**
 * What it costs to show 1,000 backends of 4 lb-proxies and 1,000 services that all change every second: the share of
 * a core in the server and in the browser's page, and how soon a change is seen. The server, the lb-proxies it asks and
 * the browser are processes of their own. `node packages/console/bench/live.ts [seconds]`.
 */
const seconds = Number(process.argv[2] ?? 20);
/** Both sides compile what they use often first. */
const settleMs = 10_000;
/** A browser that was just started is busy with itself; the console has not been asked for anything before. */
const restMs = 5_000;
const perBalancer = 250;
const balancers = 4;

const [ports] = (await started('played-balancers.ts', [balancers, perBalancer])).told as [number[]];
const { child: served, told } = await started('watched-console.ts', ports);
const url = `http://127.0.0.1:${Number(told[0])}`;

const browser = await chromium.launch({
  executablePath: process.env['HANOK_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const page = await browser.newPage({ viewport: { width: 1_440, height: 900 } });
const devTools = await page.context().newCDPSession(page);
await devTools.send('Performance.enable');
await page.waitForTimeout(restMs);

for (const name of ['overview', 'balancer', 'cluster']) {
  const openedMs = performance.now();
  await page.goto(`${url}/console/#/${name}`);
  await page.locator('.live.on').waitFor();
  const firstViewMs = performance.now() - openedMs;
  await page.waitForTimeout(settleMs);
  const [usedBefore, busyBefore, startedMs] = [
    await ask('processor-time'),
    await busySeconds(),
    performance.now(),
  ];
  await page.waitForTimeout(seconds * 1_000);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const serverShare = ((await ask('processor-time')) - usedBefore) / 1_000 / elapsedSeconds;
  const browserShare = ((await busySeconds()) - busyBefore) / elapsedSeconds;
  const lostAt = await ask({ lose: `lost-${name}` });
  let seenMs: number | null = null;
  if (name === 'overview') {
    await page.locator('.timeline li', { hasText: `lost-${name}` }).waitFor();
    seenMs = Date.now() - lostAt;
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

/** Starts a part of the bench, which ends with it. @returns what it tells once it is ready */
async function started(file: string, args: readonly number[]) {
  const child: ChildProcess = fork(join(import.meta.dirname, file), args.map(String));
  return { child, told: (await once(child, 'message')) as unknown[] };
}

async function ask(question: Question): Promise<number> {
  const answered = once(served, 'message');
  served.send(question);
  const [answer] = (await answered) as [number];
  return answer;
}

async function busySeconds(): Promise<number> {
  const { metrics } = await devTools.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
}
