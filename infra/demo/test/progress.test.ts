import { describe, expect, it } from 'vitest';
import { startProgress } from '../src/progress.ts';

function show(isTTY: boolean, total: number, steps: number): string {
  let written = '';
  let nowMs = 0;
  const stream = { isTTY, write: (text: string) => (written += text) };
  const progress = startProgress(stream, 'register', total, () => nowMs);
  for (let step = 0; step < steps; step++) {
    nowMs += 10;
    progress.step();
  }
  progress.end();
  return written;
}

describe('startProgress', () => {
  it('writes one plain line where there is no terminal', () => {
    expect(show(false, 100, 100)).toBe('register                 100/100  1.0 s\n');
  });

  it('redraws a bar on a terminal, not for every step, and ends full', () => {
    const frames = show(true, 100, 100).split('\r').slice(1);
    expect(frames.length).toBeGreaterThan(3);
    expect(frames.length).toBeLessThan(20);
    expect(frames[0]).toContain('░'.repeat(30));
    expect(frames.at(-1)).toContain(`${'█'.repeat(30)} 100/100`);
    expect(frames.at(-1)?.endsWith('\n')).toBe(true);
  });

  it('is full for a phase without steps', () => {
    expect(show(true, 0, 0)).toContain('█'.repeat(30));
  });
});
