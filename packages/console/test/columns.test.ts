import { describe, expect, it } from 'vitest';
import { ColumnGroups } from '../src/live/column-groups.ts';
import { RateColumn } from '../src/live/rate-column.ts';

describe('figures as columns', () => {
  it('are told as whole columns, those alone that have changed, with the keys when they have', () => {
    const groups = new ColumnGroups();
    const keys = ['a', 'b'];
    groups.set('g', keys, { active: [1, 2], p50: [null, 3] });
    const whole = [{ group: 'g', keys, columns: { active: [1, 2], p50: [null, 3] } }];
    expect(groups.takeChanges()).toEqual(whole);
    expect(groups.snapshot()).toEqual(whole);
    groups.set('g', keys, { active: [1, 2], p50: [null, 3] });
    expect(groups.takeChanges()).toEqual([]);
    groups.set('g', keys, { active: [1, 5], p50: [null, 3] });
    groups.set('g', keys, { active: [1, 5], p50: [4, 3] });
    expect(groups.takeChanges()).toEqual([{ group: 'g', columns: { active: [1, 5], p50: [4, 3] } }]);
    const others = ['b', 'c'];
    groups.set('g', others, { active: [5, 0], p50: [3, null] });
    groups.set('g', others, { active: [6, 0], p50: [3, null] });
    const moved = [{ group: 'g', keys: others, columns: { active: [6, 0], p50: [3, null] } }];
    expect(groups.takeChanges()).toEqual(moved);
    groups.delete('g');
    expect([groups.takeChanges(), groups.snapshot()]).toEqual([[], []]);
  });
});

describe('the rates of a column', () => {
  it('follow their keys, begin at 0, and do so again with a counter that began anew', () => {
    const rates = new RateColumn(10);
    const keys = ['a', 'b'];
    expect(rates.next(keys, [100, 200], 0)).toEqual([0, 0]);
    expect(rates.next(keys, [101, 300], 2_000)).toEqual([0.5, 50]);
    expect(rates.next(keys, [109, 300], 2_050)).toEqual([0.5, 50]);
    const others = ['c', 'b'];
    expect(rates.next(others, [7, 300], 2_060)).toEqual([0, 50]);
    expect(rates.next(others, [8, 400], 3_000)).toEqual([0, 100]);
    expect(rates.next(others, [18, 5], 4_000)).toEqual([10, 0]);
    expect(new RateColumn(1).next(keys, [1, 1], 5_000)).toEqual([0, 0]);
  });
});
