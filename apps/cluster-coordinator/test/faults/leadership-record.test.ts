import { describe, expect, test } from 'vitest';
import { overlapMs, spansOf } from './leadership-record.ts';

const sample = (token: number, at: number, until: number) => ({ token, at, until });

describe('spans of leadership', () => {
  test('reach from each sample to its deadline, which renewals move', () => {
    const spans = spansOf('a', [sample(1, 0, 90), sample(1, 50, 140), sample(1, 100, 190)]);
    expect(overlapMs([...spans, { holder: 'b', token: 2, from: 190, until: 300 }])).toBe(0);
    expect(overlapMs([...spans, { holder: 'b', token: 2, from: 180, until: 300 }])).toBe(10);
  });

  test('end early when the process says that it is over, and not when it says nothing', () => {
    const said = spansOf('a', [sample(1, 0, 90), sample(1, 20, 20)]);
    const silent = spansOf('a', [sample(1, 0, 90)]);
    const other = { holder: 'b', token: 2, from: 30, until: 120 };
    expect(overlapMs([...said, other])).toBe(0);
    expect(overlapMs([...silent, other])).toBe(60);
  });

  test('of one process after another, or of the same process, do not overlap', () => {
    expect(overlapMs(spansOf('a', [sample(1, 0, 90), sample(2, 50, 140)]))).toBe(0);
  });
});
