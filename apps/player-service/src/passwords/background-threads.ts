import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Nice enough that the event loop gets nine tenths of a core it shares with them. */
const NICENESS = 10;

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
    for (const id of readdirSync('/proc/self/task')) {
      const name = readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim();
      if (name === 'libuv-worker') setPriority(Number(id), NICENESS);
    }
  } catch {
    // Hashes at the usual priority are no reason to refuse a log-in.
  }
}
