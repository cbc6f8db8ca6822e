import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { RecencyMap } from '../../src/memory/recency-map.ts';

it('is what a list in the order of use says after any steps', () => {
  const step = record({
    kind: constantFrom('set', 'get', 'delete', 'evict'),
    key: integer({ min: 0, max: 12 }).map((n) => `player:${n}`),
    value: integer(),
  });
  assert(
    property(array(step, { maxLength: 200 }), (steps) => {
      const map = new RecencyMap<number>();
      let model: [string, number][] = [];
      for (const { kind, key, value } of steps) {
        const known = model.find(([other]) => other === key);
        if (kind === 'evict') {
          const oldest = model.shift();
          const evicted = map.evict();
          expect(evicted === undefined ? undefined : [evicted.key, evicted.value]).toEqual(oldest);
          continue;
        }
        if (kind !== 'set' || known !== undefined) model = model.filter((other) => other !== known);
        if (kind === 'set') model.push([key, value]);
        if (kind === 'get' && known !== undefined) model.push(known);
        if (kind === 'set') map.set(key, value);
        if (kind === 'get') expect(map.get(key)).toBe(known?.[1]);
        if (kind === 'delete') expect(map.delete(key)).toBe(known?.[1]);
        expect(map.size).toBe(model.length);
      }
      expect([...map.entries()].toSorted()).toEqual(model.toSorted());
    }),
  );
});
