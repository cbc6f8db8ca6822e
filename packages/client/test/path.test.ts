import { describe, expect, it } from 'vitest';
import { segment } from '../src/path.ts';

describe('segment', () => {
  it.each([
    ['simple', '/v1/x/simple/y'],
    ['a/b?c#d', '/v1/x/a%2Fb%3Fc%23d/y'],
    ['%2e%2e', '/v1/x/%252e%252e/y'],
    ['한옥 ', '/v1/x/%ED%95%9C%EC%98%A5%20/y'],
  ])('keeps %j one segment', (value, expected) => {
    expect(`/v1/x/${segment(value)}/y`).toBe(expected);
    expect(new URL(expected, 'http://host').pathname).toBe(expected);
  });

  it.each(['', '.', '..', '\ud800'])('refuses %j', (value) => {
    expect(() => segment(value)).toThrow(TypeError);
  });
});
