import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installDebianPackage } from '@hanok/testkit';
import { chromium, type Browser, type Locator, type Page, type Request } from 'playwright-core';

const executablePath = process.env['HANOK_TEST_CHROMIUM'] ?? '/usr/bin/chromium';

/** A sandbox needs rights that containers lack; the others keep the browser from calling home. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where pictures of a run are kept; git does not. */
export const pictureFolder = join(import.meta.dirname, '..', '..', 'data', 'screenshots');

/** Starts Chromium, installing it where it is missing. */
export async function startBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    const why = await installDebianPackage('chromium');
    if (why !== undefined) throw new Error(`There is no Chromium at ${executablePath}: ${why}`);
  }
  await mkdir(pictureFolder, { recursive: true });
  return chromium.launch({ executablePath, args });
}

/**
 * What Chromium says of all that it is loading when the machine gets or loses a network interface, as containers and
 * virtual machines bring about at any time. There is no switch to keep it from that.
 */
export const networkChanged = /ERR_NETWORK_CHANGED/;
/** It does so for seconds on end when a whole stack of containers is started. */
const longestLoadMs = 45_000;

/** Opens a page until something is shown there; anew when loading broke off because the network changed. */
export async function load(page: Page, url: string, shown: Locator): Promise<void> {
  const untilMs = performance.now() + longestLoadMs;
  while (performance.now() < untilMs) {
    const broken = Promise.withResolvers<boolean>();
    const watch = (request: Request): void => {
      if (networkChanged.test(request.failure()?.errorText ?? '')) broken.resolve(false);
    };
    page.on('requestfailed', watch);
    const loaded = openAndWait(page, url, shown);
    // What the next try interrupts is no failure.
    loaded.catch(() => undefined);
    const isShown = await Promise.race([broken.promise, loaded]).finally(() =>
      page.off('requestfailed', watch),
    );
    if (isShown) return;
  }
  throw new Error(`the network has changed again and again while ${url} was loading`);
}

async function openAndWait(page: Page, url: string, shown: Locator): Promise<boolean> {
  try {
    await page.goto(url);
    await shown.waitFor();
    return true;
  } catch (error) {
    if (networkChanged.test((error as Error).message)) return false;
    throw error;
  }
}

/** What axe finds on a page that is at least serious, one line each; by default all of its rules are tried. */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) {
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(source);
  }
  const options = { resultTypes: ['violations'], ...(rules === undefined ? {} : { runOnly: rules }) };
  const found = await page.evaluate(`axe.run(${JSON.stringify(options)})`);
  const { violations } = found as {
    violations: { id: string; impact: string | null; nodes: { html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
