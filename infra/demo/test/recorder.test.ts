import { describe, expect, it } from 'vitest';
import { Recorder } from '../src/recorder.ts';

it('makes a table of what was measured', async () => {
  let nowMs = 0;
  const recorder = new Recorder(() => nowMs);
  const taking = (tookMs: number) => () => {
    nowMs += tookMs;
    return Promise.resolve('done');
  };
  expect(await recorder.measure('log in', taking(10))).toBe('done');
  await recorder.measure('log in', taking(10));
  const failure = new Error('refused');
  await expect(recorder.measure('buy', () => Promise.reject(failure))).rejects.toBe(failure);
  expect(recorder.table().split('\n')).toEqual([
    'operation  count  per second  p50 ms  p99 ms  errors',
    '─────────  ─────  ──────────  ──────  ──────  ──────',
    expect.stringMatching(/^log in {9}2 {9}100 {4}10\.\d {4}10\.\d {7}0$/u),
    'buy            0           -     0.0     0.0       1',
  ]);
  expect([recorder.calls, recorder.errors]).toEqual([2, 1]);
});

describe('table', () => {
  it('is empty but for its heading when nothing was done', () => {
    expect(new Recorder(() => 0).table().split('\n')).toHaveLength(2);
  });
});
