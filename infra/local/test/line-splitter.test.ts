import { describe, expect, it } from 'vitest';
import { LineSplitter, MAX_LINE_LENGTH } from '../src/line-splitter.ts';

describe('LineSplitter', () => {
  function split(...chunks: (string | Buffer)[]): string[] {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (const chunk of chunks) splitter.push(Buffer.from(chunk));
    splitter.end();
    return lines;
  }

  it('joins what belongs to one line, also across a character cut in two', () => {
    const bytes = Buffer.from('한옥\n');
    expect(split('a', 'b\nc\r\n', bytes.subarray(0, 2), bytes.subarray(2), 'end')).toEqual([
      'ab',
      'c',
      '한옥',
      'end',
    ]);
  });

  it('cuts lines that are too long to hold', () => {
    const long = 'x'.repeat(MAX_LINE_LENGTH * 2 + 5);
    expect(split(long).map((line) => line.length)).toEqual([MAX_LINE_LENGTH, MAX_LINE_LENGTH, 5]);
    expect(split(`${long}\nnext\n`).map((line) => line.length)).toEqual([
      MAX_LINE_LENGTH,
      MAX_LINE_LENGTH,
      5,
      4,
    ]);
  });
});
