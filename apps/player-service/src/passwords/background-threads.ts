import { readdirSync, readFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/**
 * How much nicer than the event loop they are. On a core that both want all of, two hashing threads together get four
 * tenths of it: enough that log-ins go on, with slices so short that requests hardly notice.
 */
const NICER_BY = 5;
const NICEST = 19;

let done = false;

/**
 * Puts the threads of libuv's pool, which hash passwords, behind the event loop: on a machine with few cores, requests
 * would otherwise wait for time slices of hashes. Linux only, where a thread has a priority of its own; elsewhere and
 * where it is not allowed, nothing happens. To be called when the pool has begun; does its work once.
 */
export function yieldToEventLoop(): void {
  if (done || process.platform !== 'linux') return;
  done = true;
  try {
    const niceness = Math.min(NICEST, getPriority() + NICER_BY);
    for (const id of readdirSync('/proc/self/task')) {
      const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim();
      if (name === 'libuv-worker') setPriority(Number(id), niceness);
    }
  } catch {
    // Hashes at the usual priority are no reason to refuse a log-in.
  }
}
