import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { EntryTable, type Entry } from '../../src/memory/entry-table.ts';
import { stringKind } from '../../src/strings/string-operations.ts';

interface Step {
  readonly act: 'set' | 'get' | 'peek' | 'delete' | 'evict';
  readonly key: string;
  readonly size: number;
  readonly stays: boolean;
}

function entryOf({ size, stays }: Step): Entry {
  return {
    kind: stringKind,
    value: 'x'.repeat(size),
    expiresAtMs: stays ? Infinity : size * 1_000.5,
    sizeBytes: size,
  };
}

/** The same with a list in the order of use. */
class NaiveTable {
  held: { readonly key: string; readonly entry: Entry }[] = [];

  apply(step: Step): unknown {
    const { act, key } = step;
    const known = this.held.find(
      act === 'evict' ? ({ entry }) => entry.expiresAtMs < Infinity : (other) => other.key === key,
    );
    if (act === 'peek') return known?.entry;
    this.held = this.held.filter((other) => other !== known);
    if (act === 'set') this.held.push({ key, entry: entryOf(step) });
    if (act === 'get' && known !== undefined) this.held.push(known);
    return act === 'evict' ? known : known?.entry;
  }
}

function applyTo(table: EntryTable, step: Step): unknown {
  if (step.act === 'evict') return table.evict();
  if (step.act === 'set') return table.set(step.key, entryOf(step));
  return table[step.act](step.key);
}

it('is what a list in the order of use says after any steps', () => {
  const step = record<Step>({
    act: constantFrom('set', 'set', 'get', 'peek', 'delete', 'evict'),
    key: integer({ min: 0, max: 12 }).map((n) => `player:${n}`),
    size: integer({ min: 0, max: 9 }),
    stays: boolean(),
  });
  assert(
    property(array(step, { maxLength: 200 }), (steps) => {
      const [table, model] = [new EntryTable(), new NaiveTable()];
      for (const each of steps) {
        expect(applyTo(table, each)).toEqual(model.apply(each));
        expect(table.size).toBe(model.held.length);
        expect(table.lastingSize).toBe(
          model.held.filter(({ entry }) => entry.expiresAtMs === Infinity).length,
        );
      }
      expect(new Map(table.entries())).toEqual(new Map(model.held.map(({ key, entry }) => [key, entry])));
    }),
  );
});

it('holds more than one page, and uses slots again', () => {
  const table = new EntryTable();
  const count = 10_000;
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < count; i += 1) {
      table.set(String(i), entryOf({ act: 'set', key: String(i), size: round, stays: i % 2 === 0 }));
    }
    expect(table.size).toBe(count);
    expect(table.get('9999')).toMatchObject({ sizeBytes: round });
    for (let i = 1; i < count; i += 2) expect(table.evict()?.key).toBe(String(i));
    expect(table.evict()).toBeUndefined();
    expect(table.lastingSize).toBe(count / 2);
  }
});
