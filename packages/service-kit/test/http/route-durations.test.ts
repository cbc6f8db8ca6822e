import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RouteDurations } from '../../src/http/route-durations.ts';

it('tells Prometheus what prom-client itself would: buckets up to their bounds, sum and count of each series', async () => {
  const registry = new Registry();
  const durations = new RouteDurations(registry);
  const reads = durations.add({ method: 'GET', route: '/v1/players/:id', status: '2xx' });
  durations.add({ method: 'PUT', route: '/v1/players/:id', status: '4xx' }).observe(3);
  for (const elapsedMs of [0.2, 0.5, 0.6, 7, 6_000]) reads.observe(elapsedMs);
  const lines = (await registry.metrics()).split('\n');
  expect(lines).toContain('# TYPE http_request_duration_seconds histogram');
  const ofReads = (name: string, le = '') =>
    lines.find(
      (line) =>
        line.startsWith(`http_request_duration_seconds_${name}{`) &&
        line.includes('method="GET"') &&
        line.includes(le),
    );
  expect(ofReads('bucket', 'le="0.0005"')).toMatch(/ 2$/u);
  expect(ofReads('bucket', 'le="0.001"')).toMatch(/ 3$/u);
  expect(ofReads('bucket', 'le="0.01"')).toMatch(/ 4$/u);
  expect(ofReads('bucket', 'le="5"')).toMatch(/ 4$/u);
  expect(ofReads('bucket', 'le="+Inf"')).toMatch(/ 5$/u);
  expect(ofReads('count')).toMatch(/ 5$/u);
  expect(ofReads('sum')).toMatch(/ 6\.0083$/u);
  expect(lines.filter((line) => line.includes('method="PUT"'))).toHaveLength(16);
});

it('gives the same as JSON', async () => {
  const registry = new Registry();
  new RouteDurations(registry).add({ method: 'GET', route: '/', status: '2xx' }).observe(1);
  const [metric] = await registry.getMetricsAsJSON();
  expect(metric).toMatchObject({ name: 'http_request_duration_seconds', type: 'histogram' });
  expect(metric?.values).toHaveLength(16);
});
