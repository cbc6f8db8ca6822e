import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { EventJournal } from '../../src/observe/event-journal.ts';

const never = new AbortController().signal;

describe('EventJournal', () => {
  it('tells what came after a number, and all of it to who comes from before a restart', () => {
    const journal = new EventJournal(new SimulatedClock());
    journal.record('up', 'a');
    journal.record('ejected', 'a', 'ECONNREFUSED');
    expect(journal.since(1)).toMatchObject([
      { number: 2, kind: 'ejected', subject: 'a', detail: 'ECONNREFUSED' },
    ]);
    expect(journal.since(900).map(({ number }) => number)).toEqual([1, 2]);
  });

  it('keeps the last 500', () => {
    const journal = new EventJournal(new SimulatedClock());
    for (let number = 1; number <= 2_000; number += 1) journal.record('up', 'a');
    const kept = journal.since(0);
    expect(kept).toHaveLength(500);
    expect(kept.at(-1)?.number).toBe(2_000);
  });

  it('answers who waits as soon as something happens', async () => {
    const journal = new EventJournal(new SimulatedClock());
    const waiting = journal.changed(0, 60_000, never);
    journal.record('down', 'a');
    await waiting;
    expect(journal.last).toBe(1);
  });

  it('answers who waits when nothing happens, or when he goes', async () => {
    const clock = new SimulatedClock();
    const journal = new EventJournal(clock);
    const waiting = journal.changed(0, 1_000, never);
    await clock.advance(1_000);
    await waiting;
    const gone = new AbortController();
    const leaving = journal.changed(0, 60_000, gone.signal);
    gone.abort();
    await leaving;
    expect(journal.last).toBe(0);
  });
});
