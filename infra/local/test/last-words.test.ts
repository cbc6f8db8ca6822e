import { describe, expect, it } from 'vitest';
import { LastWords } from '../src/last-words.ts';

describe('LastWords', () => {
  function textOf(...lines: string[]): string {
    const words = new LastWords();
    for (const line of lines) words.add(line, 'stderr');
    return words.text;
  }

  it('is the last sentence on standard error', () => {
    expect(textOf('warning: old', 'svc: port 80 is in use')).toBe('svc: port 80 is in use');
  });

  it('is the headline of an uncaught error', () => {
    expect(
      textOf(
        'file:///a/b.ts:3',
        'throw new Error()',
        '    ^',
        '',
        'TypeError: no such thing',
        '    at b.ts:3',
        '',
        'Node.js v24.0.0',
      ),
    ).toBe('TypeError: no such thing');
  });

  it('is the last output of a child that wrote no error', () => {
    const words = new LastWords();
    expect(words.text).toBe('');
    words.add('bye', 'stdout');
    expect(words.text).toBe('bye');
  });
});
