import { createLogger, type Logger } from '@hanok/service-kit';
import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { logStatistics } from '../../src/observe/statistics-log.ts';
import { startEcho } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

describe('statistics in the log', () => {
  it('come every interval, with totals and a part for each backend', async () => {
    await using echo = await startEcho();
    await using proxy = await startTestProxy({ config: { workers: 1 } });
    const lines: string[] = [];
    const base = createLogger({ name: 'test', level: 'silent' });
    const logger = Object.assign(Object.create(base), { info: (line: string) => lines.push(line) }) as Logger;
    const clock = new SimulatedClock();
    const stop = logStatistics(proxy.app.listeners, 10_000, { clock, logger });
    await clock.advance(10_000);
    expect(lines).toEqual(['main: round-robin, 0 connections, 0 active; no backends']);
    await proxy.addBackend('echo', echo.port);
    await clock.advance(20_000);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('main: round-robin, 0 connections, 0 active; echo up 0 active, 0 total');
    stop();
    await clock.advance(60_000);
    expect(lines).toHaveLength(3);
  });

  it('can be turned off', () => {
    const clock = new SimulatedClock();
    const logger = createLogger({ name: 'test', level: 'silent' });
    const never = {} as Parameters<typeof logStatistics>[0];
    logStatistics(never, 0, { clock, logger })();
    expect(clock.pendingTimers).toBe(0);
  });
});
