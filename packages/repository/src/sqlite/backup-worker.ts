import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import Driver from 'better-sqlite3';
import type { BackupOutcome } from './backup.ts';

/** How long the copy may wait for a lock (only while another process opens or closes the file). */
const LOCK_TIMEOUT_MS = 10_000;

function copy(source: string, target: string): BackupOutcome {
  const partial = `${target}.partial`;
  rmSync(partial, { force: true });
  try {
    const driver = new Driver(source, { readonly: true, timeout: LOCK_TIMEOUT_MS });
    driver.prepare('VACUUM INTO ?').run(partial);
    driver.close();
    requireSound(partial);
    sync(partial);
    renameSync(partial, target);
    sync(dirname(target));
    return { sizeBytes: statSync(target).size };
  } catch (error) {
    rmSync(partial, { force: true });
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

function requireSound(path: string): void {
  const driver = new Driver(path, { readonly: true });
  const verdict = driver.pragma('quick_check(1)', { simple: true });
  driver.close();
  if (verdict !== 'ok') throw new Error(`the copy is damaged: ${String(verdict)}`);
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

const { source, target } = workerData as { source: string; target: string };
parentPort?.postMessage(copy(source, resolve(target)), []);
