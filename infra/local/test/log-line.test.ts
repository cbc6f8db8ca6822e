import { describe, expect, it } from 'vitest';
import { readableLine } from '../src/log-line.ts';

describe('readableLine', () => {
  it('turns a log entry into time, message and fields', () => {
    const entry = {
      level: 40,
      time: '2024-05-01T10:20:30.456Z',
      pid: 1,
      hostname: 'h',
      name: 's',
      msg: 'slow',
      tookMs: 12,
    };
    expect(readableLine(JSON.stringify(entry), 'stdout')).toEqual({
      level: 'warn',
      text: '10:20:30.456 slow tookMs=12',
    });
  });

  it('shows an error with its stack', () => {
    const line = JSON.stringify({
      level: 50,
      msg: 'failed',
      err: { message: 'no', stack: 'Error: no\n    at x' },
    });
    expect(readableLine(line, 'stdout').text).toBe('failed err=Error: no\n    at x');
  });

  it.each(['plain words', '{not json', ''])('passes on %j as it is', (line) => {
    expect(readableLine(line, 'stdout')).toEqual({ level: 'info', text: line });
    expect(readableLine(line, 'stderr')).toEqual({ level: 'error', text: line });
  });
});
