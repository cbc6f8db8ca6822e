import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installDebianPackage } from '@hanok/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { metricNames } from './metric-names.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const folder = join(root, 'infra/prometheus');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');

/** The alerts, each as its lines of the file. */
const alerts = new Map(
  read('alerts.yml')
    .split(/^ {6}- alert: /mu)
    .slice(1)
    .map((text) => [text.split('\n', 1)[0] ?? '', text]),
);
const known = new Set([
  ...catalogue.map(({ name }) => name),
  ...[...read('rules.yml').matchAll(/record: (\S+)/gu)].map(([, name = '']) => name),
  // Made by Prometheus itself.
  'up',
]);

beforeAll(async () => {
  const isThere = await run('promtool', ['--version']).then(
    () => true,
    () => false,
  );
  const failure = isThere ? undefined : await installDebianPackage('prometheus');
  if (failure !== undefined)
    throw new Error(`The tests need promtool, of the Debian package prometheus: ${failure}`);
}, 600_000);

describe('the rules of Prometheus', () => {
  it('are sound', async () => {
    const rules = await run('promtool', ['check', 'rules', 'rules.yml', 'alerts.yml'], { cwd: folder });
    expect(rules.stdout).toContain('SUCCESS');
    const config = await run('promtool', ['check', 'config', '--syntax-only', 'prometheus.yml'], {
      cwd: folder,
    });
    expect(config.stdout).toContain('SUCCESS');
  }, 120_000);

  it('fire when they shall, and only then', async () => {
    const { stdout } = await run('promtool', ['test', 'rules', 'alerts.test.yml'], {
      cwd: join(folder, 'tests'),
    });
    expect(stdout).toContain('SUCCESS');
    // Three seconds of processor time, which a loaded machine makes minutes of.
  }, 900_000);

  it('are each tested firing and silent', () => {
    const tests = read('tests/alerts.test.yml');
    for (const name of alerts.keys()) {
      expect(tests).toContain(`- name: ${name} fires`);
      expect(tests).toContain(`- name: ${name} is silent`);
    }
  });

  it('ask for metrics that there are', () => {
    for (const file of ['rules.yml', 'alerts.yml']) {
      for (const [, expression = ''] of read(file).matchAll(/expr: (?:>-\n)?((?:.+\n?(?= {10}|$))+|.+)/gmu)) {
        for (const name of metricNames(expression))
          expect([...known], `${file}: ${expression}`).toContain(name);
      }
    }
  });
});

describe('the runbooks', () => {
  const pages = join(root, 'docs/operations/runbooks');

  it('are linked from the alerts, one each', () => {
    expect(alerts.size).toBeGreaterThan(20);
    for (const [name, text] of alerts) {
      expect(text).toContain(`runbook_url: docs/operations/runbooks/${name}.md`);
      expect(existsSync(join(pages, `${name}.md`)), name).toBe(true);
    }
    const orphans = readdirSync(pages).filter(
      (page) => page !== 'README.md' && !alerts.has(page.replace('.md', '')),
    );
    expect(orphans).toEqual([]);
  });

  it('quote the rule as it is, and say what to do', () => {
    for (const [name, text] of alerts) {
      const page = readFileSync(join(pages, `${name}.md`), 'utf8');
      expect(page, name).toContain(/^ +expr: (.*)$/mu.exec(text)?.[1]);
      expect(page, name).toContain(/severity: (\w+)/u.exec(text)?.[1]);
      expect(page, name).toMatch(/## Find out\n\n1\. .*## What to do\n\n- /su);
    }
  });
});
