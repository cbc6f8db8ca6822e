import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sourceNetwork } from '../../src/data-plane/source-address.ts';
import { SourceTable, UNCOUNTED } from '../../src/data-plane/source-table.ts';

const unlimited = { maxConnections: 0, maxPerSecond: 0 };

describe('SourceTable', () => {
  it('counts a source over all workers, exactly like a map would', () => {
    const step = fc.record({ worker: fc.nat({ max: 2 }), source: fc.nat({ max: 6 }), leave: fc.boolean() });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 120 }), (limit, steps) => {
        const main = new SourceTable(3, 100);
        const tables = [0, 1, 2].map(() => new SourceTable(3, 100, main.buffer));
        const open = new Map<number, { table: SourceTable; cell: number }[]>();
        for (const { worker, source, leave } of steps) {
          const held = open.get(source) ?? [];
          const oldest = leave ? held.shift() : undefined;
          oldest?.table.leave(oldest.cell);
          const table = tables[worker] ?? main;
          const admission = leave
            ? UNCOUNTED
            : table.enter(worker, `10.0.0.${source}`, { maxConnections: limit, maxPerSecond: 0 }, 5_000);
          expect(admission === 'source-connection-limit').toBe(!leave && held.length >= limit);
          if (!leave && typeof admission === 'number') held.push({ table, cell: admission });
          open.set(source, held);
        }
      }),
    );
  });

  it('limits the rate, and forgets it after a second or two', () => {
    const table = new SourceTable(2, 100);
    const limits = { maxConnections: 0, maxPerSecond: 3 };
    const enter = (worker: number, nowMs: number) => typeof table.enter(worker, '10.0.0.1', limits, nowMs);
    expect([enter(0, 1_000), enter(1, 1_001), enter(0, 1_002), enter(1, 1_003)]).toEqual([
      'number',
      'number',
      'number',
      'string',
    ]);
    // A tenth into the next second, nine tenths of the three before still count.
    expect([enter(0, 2_100), enter(0, 2_101)]).toEqual(['string', 'string']);
    expect([enter(0, 2_900), enter(0, 2_901), enter(0, 2_902)]).toEqual(['number', 'number', 'string']);
    expect(enter(0, 9_000)).toBe('number');
    expect(typeof table.enter(0, '10.0.0.2', limits, 1_003)).toBe('number');
  });

  it('uses cells of sources that are gone again, and admits uncounted when there are none', () => {
    const table = new SourceTable(1, 1);
    const cells = Array.from({ length: 4_000 }, (_, index) => table.enter(0, `a${index}`, unlimited, 1_000));
    expect(cells).toContain(UNCOUNTED);
    for (const cell of cells) if (typeof cell === 'number') table.leave(cell);
    const later = Array.from({ length: 400 }, (_, index) => table.enter(0, `b${index}`, unlimited, 10_000));
    expect(later).not.toContain(UNCOUNTED);
  });

  it('forgets what a crashed worker had counted', () => {
    const table = new SourceTable(2, 100);
    const limits = { maxConnections: 2, maxPerSecond: 0 };
    table.enter(0, 'x', limits, 0);
    table.enter(1, 'x', limits, 0);
    expect(table.enter(0, 'x', limits, 0)).toBe('source-connection-limit');
    table.reclaim(1);
    expect(typeof table.enter(0, 'x', limits, 0)).toBe('number');
    expect(table.enter(1, 'x', limits, 0)).toBe('source-connection-limit');
  });
});

describe('sourceNetwork', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::9', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:0db8:0001::', '2001:db8:1:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['::', '0:0:0:0'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0'],
  ])('of %s is %s', (address, network) => {
    expect(sourceNetwork(address)).toBe(network);
  });
});
