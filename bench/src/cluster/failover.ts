import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteRequest } from './write-requests.ts';

/** A group of servers of which one leads. */
export interface Group {
  readonly urls: readonly string[];
  leaderUrl(): Promise<string>;
  kill(url: string): Promise<number>;
  /** Brings the killed one back, and waits until all is well. */
  restore(url: string): Promise<void>;
  write(index: number): WriteRequest;
}

const attemptEveryMs = 20;
const attemptTimeoutMs = 5_000;
const giveUpMs = 30_000;
/** The group is left alone for so long before each kill. */
const calmMs = 300;

/**
 * Kills the leader, again and again. @returns for each time, how long it took from the signal until a survivor
 * acknowledged a write, ms. A new write is tried every 20 ms, at the survivors in turn.
 */
export async function failovers(group: Group, times: number): Promise<number[]> {
  const outages: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const leader = await group.leaderUrl();
    await sleep(calmMs);
    const survivors = group.urls.filter((url) => url !== leader);
    const killedAt = await group.kill(leader);
    outages.push((await firstWriteAt(group, survivors)) - killedAt);
    await group.restore(leader);
  }
  return outages;
}

async function firstWriteAt(group: Group, survivors: readonly string[]): Promise<number> {
  const written = Promise.withResolvers<number>();
  const over = new AbortController();
  const startedAt = performance.now();
  const tryOnce = async (index: number): Promise<void> => {
    const isWritten = await attempt(survivors[index % survivors.length] ?? '', group.write(index));
    if (isWritten) written.resolve(performance.now());
  };
  for (let index = 0; !over.signal.aborted; index += 1) {
    if (performance.now() - startedAt > giveUpMs) throw new Error('no write got through after the kill');
    void tryOnce(index);
    await Promise.race([sleep(attemptEveryMs), written.promise.then(() => over.abort())]);
  }
  return written.promise;
}

async function attempt(url: string, { method, path, body }: WriteRequest): Promise<boolean> {
  try {
    const response = await fetch(url + path, {
      method,
      body,
      headers: { 'content-type': 'application/json' },
      signal: AbortSignal.timeout(attemptTimeoutMs),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
