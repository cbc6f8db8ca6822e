import { array, assert, constantFrom, property } from 'fast-check';
import { expect, it } from 'vitest';
import { Deque } from '../../src/lists/deque.ts';

const onArray = {
  pushFront: (model: string[], value: string) => void model.unshift(value),
  pushBack: (model: string[], value: string) => void model.push(value),
  popFront: (model: string[]) => model.shift(),
  popBack: (model: string[]) => model.pop(),
} as const;

it('does what an array does at both ends', () => {
  assert(
    property(
      array(
        constantFrom('pushFront' as const, 'pushBack' as const, 'popFront' as const, 'popBack' as const),
        { maxLength: 200 },
      ),
      (steps) => {
        const deque = new Deque();
        const model: string[] = [];
        for (const [i, step] of steps.entries()) {
          const value = 'x'.repeat(i % 5) + String(i);
          expect(deque[step](value)).toBe(onArray[step](model, value));
          expect(deque.toArray()).toEqual(model);
          expect(deque.length).toBe(model.length);
          expect(deque.sizeBytes).toBe(model.join('').length);
        }
        expect(Deque.from(model).toArray()).toEqual(model);
      },
    ),
  );
});
