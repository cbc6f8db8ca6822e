import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { LogStream } from '../src/log-stream.ts';

function logged() {
  const writes: string[] = [];
  const stream = new LogStream({ write: (text) => void writes.push(text) });
  return { writes, stream, log: pino({ level: 'debug', base: null, timestamp: false }, stream) };
}

it('writes the debug lines of a turn together, at its end', async () => {
  const { writes, log } = logged();
  log.debug('one');
  log.debug('two');
  expect(writes).toEqual([]);
  await nextTurn();
  await nextTurn();
  expect(writes).toEqual(['{"level":20,"msg":"one"}\n{"level":20,"msg":"two"}\n']);
});

it('writes other lines at once, after those before them', () => {
  const { writes, log } = logged();
  log.debug('one');
  log.warn('two');
  log.info('three');
  expect(writes).toEqual([
    '{"level":20,"msg":"one"}\n{"level":40,"msg":"two"}\n',
    '{"level":30,"msg":"three"}\n',
  ]);
});

it('holds no more than a bounded part of a turn back', () => {
  const { writes, log } = logged();
  for (let line = 0; line < 3_000; line += 1)
    log.debug('a line that is long enough to fill what may be held');
  expect(writes.length).toBeGreaterThan(1);
  expect(Math.max(...writes.map(({ length }) => length))).toBeLessThan(70_000);
});
