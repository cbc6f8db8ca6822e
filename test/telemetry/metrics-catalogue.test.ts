import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { liveMetrics, serviceNames, type LiveMetric, type ServiceName } from './live-metrics.ts';
import { catalogue } from './catalogue.ts';

/** Shown only where HTTPS is served. */
const conditional = ['hanok_certificate_expiry_timestamp_seconds'];

let live: Record<ServiceName, ReadonlyMap<string, LiveMetric>>;

beforeAll(async () => {
  live = await liveMetrics();
}, 180_000);

describe.each(serviceNames)('the catalogue of metrics and %s', (service) => {
  const documented = catalogue.filter(({ section }) => section === service || section === 'Every service');

  it('name the same metrics', () => {
    const names = documented.map(({ name }) => name).filter((name) => !conditional.includes(name));
    expect([...live[service].keys()].toSorted()).toEqual(names.toSorted());
  });

  it('agree on types and labels', () => {
    for (const { name, type, labels } of documented) {
      const metric = live[service].get(name);
      if (metric === undefined) continue;
      expect(metric.type, name).toBe(type);
      // What has no samples at the moment shows no labels.
      const shown = metric.labels.size === 0 ? labels : [...metric.labels];
      expect(shown.toSorted(), name).toEqual(labels.toSorted());
    }
  });
});

it('the catalogue tells the unit that a name promises, and what each metric means', () => {
  for (const { name, unit, meaning } of catalogue) {
    const base = name.replace(/_total$/u, '');
    const promised = /_(seconds|bytes)$/u.exec(base)?.[1] ?? unit;
    expect(unit, name).toBe(promised);
    expect(unit, name).not.toBe('');
    expect(meaning.length, name).toBeGreaterThan(5);
  }
});

it('the catalogue has the recording rules', () => {
  const rules = readFileSync(join(import.meta.dirname, '../../infra/prometheus/rules.yml'), 'utf8');
  const recorded = [...rules.matchAll(/record: (\S+)/gu)].map(([, name]) => name);
  const page = readFileSync(join(import.meta.dirname, '../../docs/operations/metrics.md'), 'utf8');
  expect([...page.matchAll(/^\| `(hanok:[^`]+)`/gmu)].map(([, name]) => name)).toEqual(recorded);
});
