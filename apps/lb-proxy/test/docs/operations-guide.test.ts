import { readFile } from 'node:fs/promises';
import { describeConfig } from '@hanok/service-kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config.ts';
import { LISTENER_SETTINGS } from '../../src/listeners/listener-config.ts';
import { parseListenerFile } from '../../src/listeners/listener-file.ts';
import { POOL_SETTINGS } from '../../src/pool/pool-config.ts';
import { testConfig } from '../fixtures/test-proxy.ts';

const keys = Object.keys(configSchema.properties);
const settings = describeConfig(configSchema).map((setting, index) => ({
  ...setting,
  key: keys[index] ?? '',
}));

const listed = (list: readonly string[], key: string): boolean => list.includes(key);

function setFor(key: string): string {
  if (listed(POOL_SETTINGS, key)) return 'pool';
  return listed(LISTENER_SETTINGS, key) ? 'listener' : 'process';
}

/** The unit that a setting's name tells; undefined where it tells none. */
function unitOf(name: string): string | undefined {
  if (name.endsWith('_MS')) return 'ms';
  if (name.endsWith('_BYTES')) return 'bytes';
  return name.endsWith('_PERCENT') ? 'percent' : undefined;
}

/** A rule as the page words it; undefined for a form that it must word by itself. */
function boundsOf(rule: string): string | undefined {
  if (rule.startsWith('in the form')) return undefined;
  return rule.replace(/^(an integer from|text from|text of|a comma-separated list of) /, '');
}

/** A description without what stands in columns of its own, and without markup. */
const plain = (text: string): string =>
  text.replace(/ \(ms\)$|, (bytes|percent)$/, '').replaceAll(/[`\\]/g, '');

describe('the operations guide', () => {
  let guide = '';
  const rows = new Map<string, string[]>();

  beforeAll(async () => {
    guide = await readFile(new URL('../../../../docs/operations/lb-proxy.md', import.meta.url), 'utf8');
    const tables = guide.slice(guide.indexOf('\n## Settings'));
    for (const line of tables.split('\n').filter((each) => each.startsWith('| `'))) {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      rows.set((cells[1] ?? '').replaceAll('`', ''), cells.slice(2, -1));
    }
  });

  it('has every setting, and no other', () => {
    expect([...rows.keys()].toSorted()).toEqual(settings.map(({ name }) => name).toSorted());
  });

  it.each(settings)('explains $name with unit, default, bounds and place', (setting) => {
    const [unit, fallback, bounds, place, what] = rows.get(setting.name) ?? [];
    const { name, default: value, rule, key, description } = setting;
    const isNumber = rule.startsWith('an integer') && name !== 'PORT';
    expect(unit).toMatch(isNumber ? /\w/ : /^$/);
    expect(unit).toBe(unitOf(name) ?? unit);
    expect(fallback).toBe(value === undefined ? 'none' : value === '' ? 'empty' : `\`${value}\``);
    expect(bounds).not.toBe('');
    expect(bounds).toBe(boundsOf(rule) ?? bounds);
    expect(place).toBe(setFor(key));
    expect(plain(what ?? '')).toBe(plain(description));
  });

  it.each(['listeners.yaml', 'from-haproxy.yaml'])('shows a file that can be used: %s', (name) => {
    const block = new RegExp(`\`\`\`yaml\\n *# ${name}\\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1] ?? '';
    const indent = /^ */.exec(block)?.[0] ?? '';
    const text = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    expect(parseListenerFile(text, testConfig()).length).toBeGreaterThan(1);
  });

  it('maps the HAProxy configuration it shows: addresses, weights, limits and timeouts are the same', () => {
    const cfg = /```haproxy\n(global[\s\S]*?)```/.exec(guide)?.[1] ?? '';
    const block = /# from-haproxy.yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';
    const listeners = parseListenerFile(block.replaceAll(/^ {3}/gm, ''), testConfig());
    const servers = [...cfg.matchAll(/^ {2}server (\w+) (\S+)(?: weight (\d+))?/gm)].map(
      ([, id = '', address = '', weight = '1']) => `${id}@${address}${weight === '1' ? '' : `*${weight}`}`,
    );
    expect(listeners.flatMap(({ config }) => config.backends)).toEqual(servers);
    const binds = [...cfg.matchAll(/bind :(\d+)/g)].map(([, port = '']) => `0.0.0.0:${port}`);
    expect(listeners.map(({ config }) => config.listen)).toEqual(binds);
    const number = (pattern: RegExp): number => Number(pattern.exec(cfg)?.[1]);
    expect(listeners[0]?.config).toMatchObject({
      workers: number(/nbthread (\d+)/),
      maxConnections: number(/\n {2}maxconn (\d+)/),
      maxConnectionsPerBackend: number(/server .* maxconn (\d+)/),
      maxConnectionsPerSource: number(/conn_cur gt (\d+)/),
      acceptRatePerSource: number(/conn_rate gt (\d+)/),
      connectRetries: number(/retries (\d+)/),
      connectTimeoutMs: number(/timeout connect (\d+)s/) * 1_000,
      idleTimeoutMs: number(/timeout client (\d+)m/) * 60_000,
      halfClosedTimeoutMs: number(/timeout client-fin (\d+)s/) * 1_000,
      queueTimeoutMs: number(/timeout queue (\d+)s/) * 1_000,
      checkIntervalMs: number(/ inter (\d+)s/) * 1_000,
      checkRise: number(/rise (\d+)/),
      checkFall: number(/fall (\d+)/),
      slowStartMs: number(/slowstart (\d+)s/) * 1_000,
    });
  });
});
