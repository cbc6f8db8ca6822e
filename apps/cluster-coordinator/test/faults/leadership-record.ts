import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Election, Leadership } from '@hanok/cluster';

/** What a process found when it asked its leadership whether it holds. Times are of the machine's monotonic clock, ms. */
export interface LeadershipSample {
  readonly token: number;
  readonly at: number;
  /** Until when it holds if nothing renews it; not later than `at` when it does not hold. */
  readonly until: number;
}

/** A span in which a process could have acted as leader. */
export interface LeadershipSpan {
  readonly holder: string;
  readonly token: number;
  readonly from: number;
  readonly until: number;
}

const sampleMs = 2;

/** The clock that all processes of a machine share. */
export function machineTimeMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Campaigns for ever, and writes down every change of what this process may believe of its leadership. */
export function recordLeadership(election: Election, file: number): void {
  let held: Leadership | null = null;
  let last: LeadershipSample | null = null;
  const look = (): void => {
    if (held === null) return;
    const leftMs = held.remainingMs();
    const at = machineTimeMs();
    const sample = { token: held.token, at, until: leftMs > 0 ? at + leftMs : at };
    const isNews = last === null || sample.token !== last.token || Math.abs(sample.until - last.until) > 0.5;
    const isOverStill = last !== null && sample.token === last.token && leftMs === 0 && last.until <= last.at;
    if (!isNews || isOverStill) return;
    last = sample;
    writeSync(file, `${JSON.stringify(sample)}\n`);
  };
  const campaign = async (): Promise<never> => {
    for (;;) {
      held = await election.campaign();
      look();
      const { signal } = held;
      if (!signal.aborted)
        await new Promise((over) => signal.addEventListener('abort', over, { once: true }));
      look();
      await sleep(sampleMs);
    }
  };
  void campaign();
  setInterval(look, sampleMs);
}

/** What a process has written down so far; an unfinished last line is left out. */
export function readSamples(path: string): LeadershipSample[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LeadershipSample);
}

/**
 * When a process could have acted as leader: from each sample to its deadline, unless a later sample says that it was
 * over before. Whether the process was paused or dead meanwhile makes no difference: it might not have been.
 */
export function spansOf(holder: string, samples: readonly LeadershipSample[]): LeadershipSpan[] {
  return samples.flatMap(({ token, at, until }, index) => {
    const next = samples[index + 1];
    const end = next !== undefined && next.token === token ? Math.min(until, next.at) : until;
    return end > at ? [{ holder, token, from: at, until: end }] : [];
  });
}

/** For how long two processes could both have acted as leader, milliseconds. */
export function overlapMs(spans: readonly LeadershipSpan[]): number {
  let total = 0;
  const sorted = spans.toSorted((a, b) => a.from - b.from);
  for (const [index, span] of sorted.entries()) {
    for (const later of sorted.slice(index + 1)) {
      if (later.from >= span.until) break;
      if (later.holder !== span.holder) total += Math.min(span.until, later.until) - later.from;
    }
  }
  return total;
}
