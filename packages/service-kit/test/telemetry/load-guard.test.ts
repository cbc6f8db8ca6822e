import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createServer,
  requireAdmin,
  systemClock,
  type HanokServer,
  type ProblemDocument,
} from '../../src/index.ts';
import { LoadGuard } from '../../src/telemetry/load-guard.ts';

const limitMs = 60;
let server: HanokServer | undefined;

afterEach(() => server?.close());

/** Keeps the thread, as a too long turn of the event loop does. */
function block(durationMs: number): void {
  const endsAtMs = performance.now() + durationMs;
  while (performance.now() < endsAtMs);
}

/** Turns of the event loop that are each too long, until `done` says so. */
async function overload(done: () => boolean): Promise<void> {
  for (let turns = 0; !done(); turns++) {
    if (turns > 500) throw new Error('the guard did not notice');
    block(limitMs * 3);
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
  }
}

async function startSample() {
  const sample = await createServer({
    name: 'sample',
    description: 'For tests',
    host: '127.0.0.1',
    adminToken: 'operator',
  });
  sample.get('/work', () => ({ done: true }));
  sample.get('/operate', { preHandler: requireAdmin }, () => ({ done: true }));
  server = sample;
  return sample;
}

describe('the load guard', () => {
  it('turns requests away while the loop is blocked again and again, and takes them again afterwards', async () => {
    const sample = await startSample();
    const { loadGuard } = sample;
    loadGuard.start(limitMs);
    expect((await sample.inject('/work')).statusCode).toBe(200);

    await overload(() => loadGuard.isOverloaded);
    const refused = await sample.inject('/work');
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.json<ProblemDocument>()).toMatchObject({ code: 'unavailable', retryable: true });

    for (const url of ['/healthz', '/readyz', '/metrics'])
      expect((await sample.inject(url)).statusCode, url).toBe(200);
    const headers = { authorization: 'Bearer operator' };
    expect((await sample.inject({ url: '/operate', headers })).statusCode).toBe(200);
    const metrics = (await sample.inject('/metrics')).body;
    expect(metrics).toContain('hanok_overloaded 1');
    expect(metrics).toContain('hanok_shed_requests_total 1');

    await expect.poll(() => loadGuard.isOverloaded, { timeout: 30_000 }).toBe(false);
    expect((await sample.inject('/work')).statusCode).toBe(200);
  }, 60_000);

  it('does nothing until it is started, and only measures with a limit of 0', async () => {
    const { loadGuard } = await startSample();
    let turns = 0;
    await overload(() => (turns += 1) > 5);
    expect(loadGuard.isOverloaded).toBe(false);
    loadGuard.start(0);
    await overload(() => (turns += 1) > 10);
    expect(loadGuard.isOverloaded).toBe(false);
  }, 60_000);
});

describe('its decision', () => {
  /** A clock whose timers fire late by what the test says. */
  function lateClock() {
    let nowMs = 0;
    let pending: (() => void) | undefined;
    const delaysMs: number[] = [];
    return {
      delaysMs,
      clock: {
        ...systemClock,
        monotonicMs: () => nowMs,
        setTimer: (delayMs: number, run: () => void) => {
          delaysMs.push(delayMs);
          pending = () => {
            nowMs += delayMs;
            run();
          };
          return { cancel: () => (pending = undefined) };
        },
      },
      look(lateMs: number) {
        const run = pending;
        nowMs += lateMs;
        run?.();
      },
    };
  }
  const guarded = () => {
    const late = lateClock();
    const guard = new LoadGuard(late.clock, new Registry());
    guard.start(100);
    return {
      guard,
      delaysMs: late.delaysMs,
      looks: (...delays: number[]) => delays.map((ms) => (late.look(ms), guard.isOverloaded)),
    };
  };

  it('takes three late looks in a row: a pause of the process is one', () => {
    const { looks } = guarded();
    expect(looks(5_000, 0, 150, 150, 0)).toEqual([false, false, false, false, false]);
    expect(looks(101, 101, 101)).toEqual([false, false, true]);
  });

  it('is taken back by three looks in a row below half the limit, not by a flutter at it', () => {
    const { looks } = guarded();
    looks(200, 200, 200);
    expect(looks(99, 51, 99, 51)).toEqual([true, true, true, true]);
    expect(looks(49, 49, 60, 49, 49, 49)).toEqual([true, true, true, true, true, false]);
  });

  it('looks rarely while nobody asks, and closely at the first request or late look', () => {
    const { guard, looks, delaysMs } = guarded();
    looks(0, 0, 0);
    expect(delaysMs).toEqual([100, 10_000, 10_000, 10_000]);
    guard.noteRequest();
    looks(0, 150, 150, 150);
    expect(guard.isOverloaded).toBe(true);
    expect(delaysMs.slice(4)).toEqual([100, 10_000, 100, 100, 100]);
    looks(0, 0, 0);
    expect(delaysMs.slice(9)).toEqual([100, 100, 10_000]);
    guard.stop();
    guard.noteRequest();
    expect(delaysMs).toHaveLength(12);
  });
});
