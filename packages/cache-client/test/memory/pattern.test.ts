import { assert, property, string, stringMatching } from 'fast-check';
import { expect, it } from 'vitest';
import { patternMatcher } from '../../src/pattern.ts';

it('means what the regular expression with .* and . means', () => {
  assert(
    property(stringMatching(/^[ab:.*?]{0,12}$/), stringMatching(/^[ab:.]{0,16}$/), (pattern, key) => {
      const expression = new RegExp(
        `^${pattern
          .replaceAll('.', String.raw`\.`)
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      );
      expect(patternMatcher(pattern)(key)).toBe(expression.test(key));
    }),
    { numRuns: 2_000 },
  );
});

it('takes no longer for patterns of many stars', () => {
  const matches = patternMatcher('*a'.repeat(128));
  expect(matches('a'.repeat(100_000))).toBe(true);
  expect(matches(`${'a'.repeat(100_000)}b`)).toBe(false);
});

it('matches everything with a star', () => {
  assert(property(string(), (key) => patternMatcher('*')(key)));
});
