import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

/**
 * Takes the pictures of the README from a stack that runs: `npm start`, some traffic, then
 * `npm run screenshots -w packages/console -- --url http://127.0.0.1:7001 --to docs/images`.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:7001' },
    to: { type: 'string', default: join(import.meta.dirname, '..', 'data', 'screenshots') },
    token: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
});

const shots = [
  { page: 'overview', scheme: 'light', width: 1_440 },
  { page: 'overview', scheme: 'dark', width: 1_440 },
  { page: 'balancer', scheme: 'light', width: 1_440 },
  { page: 'cluster', scheme: 'dark', width: 1_440 },
  { page: 'overview', scheme: 'light', width: 400 },
] as const;

/** Plots get their second sample by then. */
const settleMs = 6_000;

await mkdir(values.to, { recursive: true });
const browser = await chromium.launch({
  executablePath: values.chromium,
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  for (const { page: name, scheme, width } of shots) {
    const context = await browser.newContext({
      colorScheme: scheme,
      viewport: { width, height: 900 },
      locale: 'en',
    });
    const page = await context.newPage();
    await page.goto(`${values.url}/console/`);
    if (values.token !== undefined) {
      await page.getByLabel('Token').fill(values.token);
      await page.getByRole('button', { name: 'Sign in' }).click();
    }
    await page.locator('.live.on').waitFor();
    await page.goto(`${values.url}/console/#/${name}`);
    await page.waitForTimeout(settleMs);
    const path = join(values.to, `console-${name}-${scheme}-${width}.png`);
    await page.screenshot({ path, fullPage: width < 1_000 });
    process.stdout.write(`${path}\n`);
    await context.close();
  }
} finally {
  await browser.close();
}
