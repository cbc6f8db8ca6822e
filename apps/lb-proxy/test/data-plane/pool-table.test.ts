import { BackendTable, Candidates } from '@hanok/strategies';
import { describe, expect, it } from 'vitest';
import { PoolTable } from '../../src/data-plane/pool-table.ts';

describe('a pool of a table', () => {
  function create() {
    const all = BackendTable.local(4);
    const pools = ['a', 'b', 'a', 'b'];
    for (const slot of pools.keys()) {
      all.admit(slot, { key: slot, weight: slot + 1, maxActive: 0 });
      all.eligible[slot] = 1;
    }
    all.publish();
    return { all, pools, table: new PoolTable(all, (slot) => pools[slot] === 'a') };
  }

  const eligible = (table: PoolTable): number[] => {
    const candidates = new Candidates(table);
    candidates.refresh();
    return [...candidates.slots.subarray(0, candidates.count)];
  };

  it('shows its own backends, and follows what is published and who moves', () => {
    const { all, pools, table } = create();
    expect(eligible(table)).toEqual([0, 2]);
    expect(table.totalWeight).toBe(4);
    all.eligible[0] = 0;
    const before = table.generation;
    all.publish();
    expect(table.generation).not.toBe(before);
    expect(eligible(table)).toEqual([2]);
    pools[3] = 'a';
    const published = table.generation;
    table.regroup();
    expect(table.generation).not.toBe(published);
    expect(eligible(table)).toEqual([2, 3]);
    expect(table.totalWeight).toBe(7);
  });

  it('shares the counts and keeps its own turn', () => {
    const { all, table } = create();
    table.acquire(2, 0);
    expect(all.active[2]).toBe(1);
    expect(table.moveCursor(0, 3)).toBe(true);
    expect([table.cursor, all.cursor]).toEqual([3, 0]);
    expect(table.moveCursor(0, 1)).toBe(false);
  });
});
