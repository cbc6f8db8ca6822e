import { describe, expect, it } from 'vitest';
import type { BackendView, ClusterStatus, ProxyStatistics } from '../../src/connection/answers.ts';
import { parseMetrics } from '../../src/connection/metrics-text.ts';
import { displayWidth } from '../../src/output/text.ts';
import { withoutColour } from '../../src/output/paint.ts';
import { renderFrame } from '../../src/top/frame.ts';
import { processFigures, type StackSample } from '../../src/top/sample.ts';

const backend = (change: Partial<BackendView> = {}): BackendView => ({
  id: 'player-service-1',
  pool: null,
  host: '127.0.0.1',
  port: 8001,
  weight: 1,
  state: 'enabled',
  source: 'discovery',
  health: 'up',
  eligible: true,
  activeConnections: 3,
  totalConnections: 10,
  failedConnects: 0,
  p50ResponseTimeMs: 0.5,
  p99ResponseTimeMs: 12,
  bytesToBackend: 0,
  bytesToClient: 0,
  ...change,
});

const statistics = (total: number, backends: readonly BackendView[]): ProxyStatistics => ({
  strategy: 'round-robin',
  connections: { total, active: 3, waiting: 0 },
  refused: {},
  panic: false,
  discovery: { connected: true },
  backends,
});

const node = (id: string, role: string, state = 'alive') =>
  ({
    id,
    service: 'cluster-coordinator',
    host: '127.0.0.1',
    port: 7101,
    role,
    alive: state === 'alive',
    state,
  }) as const;

const status = (change: Partial<ClusterStatus> = {}): ClusterStatus => ({
  nodeId: 'coordinator-1',
  leaderId: 'coordinator-1',
  term: 4,
  stale: false,
  revision: 9,
  totals: { coordinators: 2, coordinatorsAlive: 2, services: 1, servicesReady: 1, servicesLost: 0 },
  nodes: [node('coordinator-1', 'leader'), node('coordinator-2', 'follower')],
  raft: null,
  ...change,
});

const sample = (change: Partial<StackSample> = {}): StackSample => ({
  atMs: 1_000,
  status: status(),
  proxies: [{ id: 'lb-proxy-1', statistics: statistics(10, [backend()]) }],
  processes: [
    {
      id: 'player-service-1',
      requests: 100,
      serverErrors: 0,
      cpuSeconds: 1,
      residentBytes: 104_857_600,
      loopDelayMs: 11,
    },
  ],
  failure: null,
  ...change,
});

const draw = (now: StackSample, previous?: StackSample, columns = 120, rows = 40) =>
  renderFrame({ sample: now, previous, columns, rows, paint: withoutColour });

describe('renderFrame', () => {
  it('shows who leads, the traffic, and every backend, service and member', () => {
    expect(draw(sample()).join('\n')).toMatchInlineSnapshot(`
      "hanok top  leader coordinator-1  term 4  coordinators 2/2  services 1/1
      lb-proxy-1  round-robin  open 3  waiting 0  new -  refused -
      all is well

      BACKEND           STATE    HEALTH  WEIGHT  OPEN  NEW      P50    P99  RELAYED  FAILED
      player-service-1  enabled  up           1     3    -  0.50 ms  12 ms        -       0

      SERVICE           REQUESTS  5XX  CPU     MEMORY  LOOP LATE
      player-service-1         -    -    -  100.0 MiB      11 ms

      NODE           ROLE      STATE  ADDRESS
      coordinator-1  leader    alive  127.0.0.1:7101
      coordinator-2  follower  alive  127.0.0.1:7101"
    `);
  });

  it('makes rates of two samples', () => {
    const later = sample({
      atMs: 3_000,
      proxies: [
        {
          id: 'lb-proxy-1',
          statistics: statistics(30, [backend({ totalConnections: 14, bytesToClient: 4_096 })]),
        },
      ],
      processes: [
        {
          id: 'player-service-1',
          requests: 1_100,
          serverErrors: 4,
          cpuSeconds: 2,
          residentBytes: 0,
          loopDelayMs: 1,
        },
      ],
    });
    const text = draw(later, sample()).join('\n');
    expect(text).toContain('new 10.0/s');
    expect(text).toMatch(/player-service-1 +enabled +up +1 +3 +2\.0\/s +0\.50 ms +12 ms +2\.0 KiB\/s/u);
    expect(text).toMatch(/player-service-1 +500\/s +2\.0\/s +50\.0%/u);
  });

  it('shows no rate where a process was replaced in between', () => {
    const before = sample({
      proxies: [{ id: 'lb-proxy-1', statistics: statistics(500, [backend({ totalConnections: 400 })]) }],
    });
    expect(draw(sample({ atMs: 2_000 }), before).join('\n')).toContain('new -');
  });

  it('says what is wrong, first of all', () => {
    const lost = status({ leaderId: null, nodes: [node('coordinator-2', 'follower', 'dead')] });
    const text = draw(sample({ status: lost })).join('\n');
    expect(text).toContain('no leader');
    expect(text).toContain('the cluster has no leader: nothing can be changed (and 1 more)');
    expect(
      draw(sample({ status: null, proxies: [], processes: [], failure: 'no answer' })).join('\n'),
    ).toContain('no coordinator answers');
  });

  it.each([
    [80, 24],
    [40, 10],
    [10, 3],
  ])('fits into %i columns and %i rows', (columns, rows) => {
    const many = Array.from({ length: 50 }, (_, index) => backend({ id: `플레이어-${index}` }));
    const lines = draw(
      sample({ proxies: [{ id: 'lb-proxy-1', statistics: statistics(1, many) }] }),
      undefined,
      columns,
      rows,
    );
    expect(lines.length).toBeLessThanOrEqual(rows);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
  });
});

describe('processFigures', () => {
  it('reads them from the text of /metrics', () => {
    const text = [
      '# HELP http_request_duration_seconds Time',
      'http_request_duration_seconds_count{method="GET",route="/v1/players/:id",status="2xx"} 7',
      'http_request_duration_seconds_count{method="GET",route="a\\"b\\\\c",status="5xx"} 2',
      'process_cpu_seconds_total 1.5',
      'process_resident_memory_bytes 1e8',
      'hanok_event_loop_delay_seconds 0.011',
      'broken line',
    ].join('\n');
    expect(processFigures('x', parseMetrics(text))).toEqual({
      id: 'x',
      requests: 9,
      serverErrors: 2,
      cpuSeconds: 1.5,
      residentBytes: 100_000_000,
      loopDelayMs: 11,
    });
  });
});
