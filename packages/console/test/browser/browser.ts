import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installDebianPackage } from '@hanok/testkit';
import { chromium, type Browser, type Page } from 'playwright-core';

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

/** What axe finds on a page that is at least serious, one line each. */
export async function seriousFindings(page: Page): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  const found = await page.evaluate('axe.run()');
  const { violations } = found as {
    violations: { id: string; impact: string | null; nodes: { html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
