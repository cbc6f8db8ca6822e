import { SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { deadlineIn } from '../../src/deadline.ts';
import { Watchdog } from '../../src/sqlite/watchdog.ts';
import { failureOf } from '../support/engines.ts';

it('ends the wait at the deadline of whoever is guarded, with one timer for all', async () => {
  const clock = new SimulatedClock();
  const watchdog = new Watchdog(clock);
  let undone = 0;
  const guard = <T>(deadlineMs: number, work: Promise<T>) =>
    watchdog.guard(deadlineIn(clock, deadlineMs), work, () => (undone += 1));
  expect(await guard(100, Promise.resolve('quick'))).toBe('quick');
  await expect(guard(100, Promise.reject(new Error('own failure')))).rejects.toThrow('own failure');
  await clock.advance(60);
  let waits = true;
  const long = failureOf(guard(100, new Promise<never>(() => undefined))).finally(() => (waits = false));
  await clock.advance(60); // the timer armed for the first one fires
  expect({ waits, undone }).toEqual({ waits: true, undone: 0 });
  await clock.advance(40);
  expect(await long).toMatchObject({ code: 'deadline_exceeded', deadlineMs: 100 });
  const short = failureOf(guard(10, new Promise<never>(() => undefined)));
  await clock.advance(10);
  expect(await short).toMatchObject({ deadlineMs: 10 });
  expect(undone).toBe(2);
  watchdog.close();
});
