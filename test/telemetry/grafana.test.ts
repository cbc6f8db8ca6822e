import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dashboards } from '../../infra/grafana/dashboards.ts';
import { toGrafana } from '../../infra/grafana/panel.ts';
import { catalogue } from './catalogue.ts';
import { metricNames } from './metric-names.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'infra/grafana/dashboards');
const rules = readFileSync(join(root, 'infra/prometheus/rules.yml'), 'utf8');
const known = [
  ...catalogue.map(({ name }) => name),
  ...[...rules.matchAll(/record: (\S+)/gu)].map(([, name = '']) => name),
  'up',
];

describe('the dashboards', () => {
  it('are as infra/grafana/render.ts makes them', () => {
    expect(readdirSync(folder).toSorted()).toEqual(dashboards.map(({ uid }) => `${uid}.json`).toSorted());
    for (const dashboard of dashboards)
      expect(JSON.parse(readFileSync(join(folder, `${dashboard.uid}.json`), 'utf8'))).toEqual(
        toGrafana(dashboard),
      );
  });

  it.each(
    dashboards.flatMap(({ title, panels }) => panels.map((panel) => [title, panel.title, panel] as const)),
  )('%s, "%s" asks for metrics that there are', (_dashboard, _panel, { queries }) => {
    expect(queries.length).toBeGreaterThan(0);
    for (const [expression, legend] of queries) {
      expect(metricNames(expression).length, expression).toBeGreaterThan(0);
      for (const name of metricNames(expression)) expect(known, expression).toContain(name);
      // A legend can only show labels by which the series are told apart.
      for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/gu)) {
        const own = metricNames(expression).flatMap(
          (name) => catalogue.find((each) => each.name === name)?.labels ?? [],
        );
        const grouped = /\bby \(([^)]*)\)/u.exec(expression)?.[1]?.split(', ');
        const recorded = expression.startsWith('hanok:');
        expect(
          recorded || (grouped ?? [...own, 'job', 'instance']).includes(label),
          `${expression}: ${label}`,
        ).toBe(true);
      }
    }
  });
});
