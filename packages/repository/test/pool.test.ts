import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ConnectionPool, type PoolOptions } from '../src/pool.ts';
import { failureOf } from './support/engines.ts';

interface Fake {
  readonly number: number;
  broken: boolean;
  /** Found out only by a check. */
  dead: boolean;
  closed: boolean;
}

function poolOf(options: PoolOptions, failing: () => boolean = () => false) {
  const clock = new SimulatedClock();
  const made: Fake[] = [];
  const pool = new ConnectionPool<Fake>(
    {
      async open() {
        if (failing()) throw new Error('refused');
        const connection = { number: made.length, broken: false, dead: false, closed: false };
        made.push(connection);
        return connection;
      },
      close(connection) {
        connection.closed = true;
      },
      usable: (connection) => !connection.broken,
      check: async (connection) => !connection.dead,
    },
    clock,
    options,
  );
  return { pool, clock, made };
}

describe('ConnectionPool', () => {
  it('opens 5 at first and 20 at most by default', async () => {
    const { pool, made } = poolOf({});
    await pool.warm();
    expect(made).toHaveLength(5);
    const held = await Promise.all(Array.from({ length: 20 }, () => pool.acquire()));
    expect(pool.stats()).toMatchObject({ size: 20, idle: 0, waiting: 0, max: 20, opened: 20 });
    const waiting = pool.acquire();
    expect(pool.stats().waiting).toBe(1);
    const [first] = held;
    if (first !== undefined) pool.release(first);
    expect(await waiting).toBe(first);
  });

  it('serves those who wait in order, and not for ever', async () => {
    const { pool, clock } = poolOf({ min: 0, max: 1, waitTimeoutMs: 100, maxWaiting: 2 });
    const held = await pool.acquire();
    const first = pool.acquire();
    const second = failureOf(pool.acquire());
    expect(await failureOf(pool.acquire())).toMatchObject({
      code: 'busy',
      message: expect.stringContaining('too many callers'),
    });
    pool.release(held);
    expect(await first).toBe(held);
    await clock.advance(100);
    expect(await second).toMatchObject({ code: 'busy', message: 'no connection became free within 100 ms' });
    expect(pool.stats()).toMatchObject({ timedOut: 1, refused: 1, waiting: 0 });
  });

  it('replaces broken connections, also for those who wait', async () => {
    const { pool, made } = poolOf({ min: 1, max: 1 });
    await pool.warm();
    const held = await pool.acquire();
    const waiting = pool.acquire();
    held.broken = true;
    pool.release(held);
    const next = await waiting;
    expect(next.number).toBe(1);
    pool.release(next);
    next.broken = true;
    expect((await pool.acquire()).number).toBe(2);
    expect(made.map((connection) => connection.closed)).toEqual([true, true, false]);
  });

  it('checks what was idle for long before it gives it out', async () => {
    const { pool, clock, made } = poolOf({ min: 0, max: 3, checkAfterMs: 500 });
    const held = await Promise.all([pool.acquire(), pool.acquire()]);
    for (const connection of held) {
      connection.dead = true;
      pool.release(connection);
    }
    const trusted = await pool.acquire();
    expect(trusted.number).toBe(1);
    pool.release(trusted);
    await clock.advance(501);
    expect((await pool.acquire()).number).toBe(2);
    expect(made.map((connection) => connection.closed)).toEqual([true, true, false]);
    expect(pool.stats()).toMatchObject({ size: 1, idle: 0 });
  });

  it('tells everyone who waits that no new connection can be had', async () => {
    let refusing = false;
    const { pool } = poolOf({ min: 0, max: 1 }, () => refusing);
    const held = await pool.acquire();
    const waiting = [failureOf(pool.acquire()), failureOf(pool.acquire())];
    refusing = true;
    held.broken = true;
    pool.release(held);
    expect((await Promise.all(waiting)).map(String)).toEqual(['Error: refused', 'Error: refused']);
    refusing = false;
    expect((await pool.acquire()).number).toBe(1);
  });

  it('closes what it opened when it cannot open the rest', async () => {
    let opened = 0;
    const { pool, made } = poolOf({ min: 3 }, () => (opened += 1) > 2);
    expect(String(await failureOf(pool.warm()))).toBe('Error: refused');
    expect(made.map((connection) => connection.closed)).toEqual([true, true]);
    expect(pool.stats().size).toBe(0);
  });

  it('shrinks to its minimum after a busy time', async () => {
    const { pool, clock, made } = poolOf({ min: 1, max: 5, idleTimeoutMs: 1_000 });
    const held = await Promise.all(Array.from({ length: 5 }, () => pool.acquire()));
    for (const connection of held) pool.release(connection);
    await clock.advance(1_001);
    pool.release(await pool.acquire());
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1 });
    expect(made.filter((connection) => connection.closed)).toHaveLength(4);
  });

  it('waits for connections in use when it closes, and refuses the others', async () => {
    const { pool } = poolOf({ min: 0, max: 1 });
    const held = await pool.acquire();
    const waiting = failureOf(pool.acquire());
    let closed = false;
    const closing = pool.close().then(() => (closed = true));
    expect(await waiting).toMatchObject({ code: 'database_closed' });
    expect(await failureOf(pool.acquire())).toMatchObject({ code: 'database_closed' });
    expect(closed).toBe(false);
    pool.release(held);
    await closing;
    expect(held.closed).toBe(true);
  });

  it('refuses options that make no sense', () => {
    for (const options of [
      { max: 0 },
      { min: 3, max: 2 },
      { max: 1.5 },
      { max: 2_000 },
      { waitTimeoutMs: -1 },
    ]) {
      expect(() => poolOf(options)).toThrow(RangeError);
    }
  });
});
