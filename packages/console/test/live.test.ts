import { createServer } from '@hanok/service-kit';
import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { LiveTable } from '../src/live/live-table.ts';
import { readProcessMetrics } from '../src/live/process-metrics.ts';
import { startConsole, viewerToken } from './support/console-server.ts';
import { serviceEntry } from './support/fake-source.ts';
import { LiveReader, urlOf } from './support/live-reader.ts';

describe('a live table', () => {
  it('tells the fields that have changed, the rows that came, and those that have gone', () => {
    const table = new LiveTable();
    const before = {
      a: { state: 'up', rate: 1, tags: ['x'] },
      b: { state: 'up', rate: 1, tags: [] },
      c: { state: 'up', rate: 1, tags: ['x', 'y'] },
    };
    table.replace(Object.entries(before));
    expect(table.takeChanges()).toEqual({ set: Object.entries(before) });
    table.merge('d', { state: 'up', rate: 1, tags: [] });
    table.replace([
      ['a', { state: 'down', rate: 1, tags: ['x'] }],
      ['c', { state: 'up', rate: 1, tags: ['x', 'y'] }],
      ['d', { state: 'up', rate: 2, tags: [] }],
    ]);
    expect(table.takeChanges()).toEqual({
      set: [
        ['d', { state: 'up', rate: 2, tags: [] }],
        ['a', { state: 'down' }],
      ],
      gone: ['b'],
    });
    table.merge('c', { rate: 3 });
    table.merge('c', { rate: 4, tags: ['x', 'y'] });
    expect(table.takeChanges()).toEqual({ set: [['c', { rate: 4 }]] });
    expect(table.takeChanges()).toBeNull();
    expect(table.snapshot()).toMatchObject({
      set: [
        ['a', { state: 'down' }],
        ['c', { rate: 4 }],
        ['d', { rate: 2 }],
      ],
    });
  });

  it('tells a row as a whole that has gone and come back', () => {
    const table = new LiveTable();
    table.merge('a', { state: 'up', rate: 1 });
    table.takeChanges();
    table.delete('a');
    table.merge('a', { state: 'up' });
    expect(table.takeChanges()).toEqual({ set: [['a', { state: 'up' }]], gone: ['a'] });
  });
});

describe('the metrics of a process', () => {
  it('are summed without what only watches', () => {
    const text = [
      'process_cpu_seconds_total 12.5',
      'process_resident_memory_bytes 1048576',
      'http_request_duration_seconds_count{method="GET",route="/v1/players/:id",status="2xx"} 40',
      'http_request_duration_seconds_count{method="GET",route="/v1/players/:id",status="5xx"} 2',
      'http_request_duration_seconds_count{method="GET",route="/metrics",status="2xx"} 900',
    ].join('\n');
    expect(readProcessMetrics(text)).toEqual({
      cpuSeconds: 12.5,
      memoryBytes: 1_048_576,
      requests: 42,
      errors: 2,
    });
  });
});

describe('the stream', () => {
  it('is for who is signed in', async () => {
    await using console = await startConsole();
    expect((await console.server.inject({ url: '/console/api/stream' })).statusCode).toBe(401);
  });

  it('begins with everything, and tells of a change at once', async () => {
    await using console = await startConsole();
    console.source.entries = [serviceEntry('player-1', 'player-service', 1)];
    await console.server.listen({ host: '127.0.0.1', port: 0 });
    await using reader = await LiveReader.open(urlOf(console.server), viewerToken);
    await eventually(() =>
      expect(reader.table('services').get('player-1')).toMatchObject({ state: 'ready' }),
    );
    console.source.entries = [{ ...serviceEntry('player-1', 'player-service', 1), state: 'dead' }];
    console.source.events = [
      {
        id: '1',
        at: '2026-01-01T00:00:00.000Z',
        kind: 'dead',
        subject: 'player-1',
        scope: 'player-service',
        detail: '',
      },
    ];
    console.source.changed();
    await eventually(() => expect(reader.table('services').get('player-1')).toMatchObject({ state: 'dead' }));
    expect(reader.table('events').get('1')).toMatchObject({ kind: 'dead', subject: 'player-1' });
    console.source.entries = [];
    console.source.changed();
    await eventually(() => expect(reader.table('services').size).toBe(0));
  });

  it('shows how a service does, and that it is out of reach', async () => {
    await using console = await startConsole();
    const service = await createServer({ name: 'service', description: 'test', host: '127.0.0.1' });
    await service.listen({ host: '127.0.0.1', port: 0 });
    const port = Number(new URL(urlOf(service)).port);
    console.source.entries = [serviceEntry('game-1', 'game', port)];
    await console.server.listen({ host: '127.0.0.1', port: 0 });
    await using reader = await LiveReader.open(urlOf(console.server), viewerToken);
    await eventually(() =>
      expect(Number(reader.table('services').get('game-1')?.['memory'])).toBeGreaterThan(0),
    );
    await service.close();
    await eventually(() =>
      expect(reader.table('services').get('game-1')?.['failing']).toEqual(['unreachable']),
    );
  });
});
