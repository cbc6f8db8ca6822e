import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { expect, it } from 'vitest';
import { RecencyMap } from '../../src/memory/recency-map.ts';

type Kind = 'set' | 'get' | 'delete' | 'evict';

/** The same with a list in the order of use. */
class NaiveRecency {
  #held: { readonly key: string; readonly value: number }[] = [];

  apply(kind: Kind, key: string, value: number): unknown {
    if (kind === 'evict') return this.#held.shift();
    const known = this.#held.find((other) => other.key === key);
    if (known !== undefined) this.#held = this.#held.filter((other) => other !== known);
    if (kind === 'set') this.#held.push({ key, value });
    if (kind === 'get' && known !== undefined) this.#held.push(known);
    return kind === 'set' ? undefined : known?.value;
  }

  entries(): Map<string, number> {
    return new Map(this.#held.map(({ key, value }) => [key, value]));
  }
}

function applyTo(map: RecencyMap<number>, kind: Kind, key: string, value: number): unknown {
  if (kind === 'get') return map.get(key);
  if (kind === 'delete') return map.delete(key);
  if (kind === 'set') return map.set(key, value);
  const evicted = map.evict();
  return evicted === undefined ? undefined : { key: evicted.key, value: evicted.value };
}

it('is what a list in the order of use says after any steps', () => {
  const step = record({
    kind: constantFrom<Kind>('set', 'get', 'delete', 'evict'),
    key: integer({ min: 0, max: 12 }).map((n) => `player:${n}`),
    value: integer(),
  });
  assert(
    property(array(step, { maxLength: 200 }), (steps) => {
      const [map, model] = [new RecencyMap<number>(), new NaiveRecency()];
      for (const { kind, key, value } of steps) {
        expect(applyTo(map, kind, key, value)).toEqual(model.apply(kind, key, value));
      }
      expect(new Map(map.entries())).toEqual(model.entries());
      expect(map.size).toBe(model.entries().size);
    }),
  );
});
