import { describe, expect, it } from 'vitest';
import { emailKey, parseEmail } from '../../src/domain/email.ts';

describe('parseEmail', () => {
  it.each([
    ['bob@example.com', 'bob@example.com', 'bob@example.com'],
    ['Bob.Smith+game@Example.COM', 'Bob.Smith+game@example.com', 'bob.smith+game@example.com'],
    ['길동@예시.한국', '길동@xn--vv4b11d.xn--3e0b707e', '길동@xn--vv4b11d.xn--3e0b707e'],
  ])('%j', (input, address, key) => {
    expect(parseEmail(input)).toEqual({ address, key });
    expect(emailKey(address.toUpperCase())).toBe(key);
  });

  it.each([
    '',
    'bob',
    'bob@',
    '@example.com',
    'bob@localhost',
    'bob@example..com',
    'bob@-example.com',
    'bob@example.com/evil',
    'bo b@example.com',
    '.bob@example.com',
    'bob.@example.com',
    'bob\u0000@example.com',
    'bob\n@example.com',
    'bob@exa\tmple.com',
    'a@b@example.com',
    `${'x'.repeat(65)}@example.com`,
    `bob@${'x'.repeat(64)}.com`,
    `bob@${'x.'.repeat(130)}com`,
    'bob\ud800@example.com',
    '"quoted"@example.com',
  ])('refuses %j', (input) => {
    expect(() => parseEmail(input)).toThrow(
      expect.objectContaining({
        code: 'invalid_value',
        violations: [expect.objectContaining({ field: 'email' })],
      }),
    );
  });
});
