import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseUsername, usernameKey } from '../../src/domain/username.ts';

describe('parseUsername', () => {
  it.each([
    ['bob', 'bob', 'bob'],
    ['Bob', 'Bob', 'bob'],
    ['Ｂｏｂ', 'Bob', 'bob'],
    ['STRASSE', 'STRASSE', 'strasse'],
    ['straße', 'straße', 'strasse'],
    ['홍길동', '홍길동', '홍길동'],
    ['Ada Lovelace', 'Ada Lovelace', 'ada lovelace'],
    ["Robert'); DROP TABLE players;--", "Robert'); DROP TABLE players;--", "robert'); drop table players;--"],
    ["o'brien; --", "o'brien; --", "o'brien; --"],
  ])('%j', (input, display, key) => {
    expect(parseUsername(input)).toEqual({ display, key });
  });

  it.each([
    ['ab', 'length'],
    ['x'.repeat(33), 'length'],
    ['bo\u0000b', 'visible'],
    ['bo\u200bb', 'visible'],
    ['bo\u202eb', 'visible'],
    ['bo\u3164b', 'visible'],
    ['bo\u2800b', 'visible'],
    ['bo\ufe0fb', 'visible'],
    ['bo\nb', 'visible'],
    [' bob', 'spaces'],
    ['bob ', 'spaces'],
    ['bo  b', 'spaces'],
    ['bo\ud800b', 'unicode'],
    ['bo\u0301\u0302\u0303\u0304b', 'marks'],
    ['---', 'letters'],
  ])('refuses %j', (input, rule) => {
    expect(() => parseUsername(input)).toThrow(
      expect.objectContaining({
        code: 'invalid_value',
        violations: [expect.objectContaining({ field: 'username', rule })],
      }),
    );
  });

  it('is stable: what was accepted is accepted again, with the same key', () => {
    assert(
      property(string({ unit: 'binary', maxLength: 40 }), (input) => {
        let parsed;
        try {
          parsed = parseUsername(input);
        } catch {
          return;
        }
        expect(parseUsername(parsed.display)).toEqual(parsed);
        expect(usernameKey(parsed.display)).toBe(parsed.key);
        expect(usernameKey(parsed.key)).toBe(parsed.key);
      }),
      { numRuns: 2000 },
    );
  });
});
