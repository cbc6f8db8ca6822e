import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasSeveralCores } from '../harness/cores.ts';
import { findTools } from '../lb/tools.ts';

/** What all measurements of players stand on. */
export interface Ground {
  /** Path of the load generator. */
  readonly wrk: string;
  /** For databases; removed at the end. */
  readonly folder: string;
  /** Everything that was started, ended at the end. */
  readonly started: AsyncDisposableStack;
}

export async function prepareGround(): Promise<Ground> {
  const { wrk } = findTools(['wrk']);
  // What this process starts stays off the server's core, such as PostgreSQL; servers choose theirs themselves.
  if (hasSeveralCores) await promisify(execFile)('taskset', ['-acp', '1', String(process.pid)]);
  const started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'hanok-bench-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  return { wrk, folder, started };
}

/** Makes it on the first call only: what is not measured in this run is not made. */
export function onDemand<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** @throws Error when the environment holds anything but a whole number above 0 */
export function sizeFromEnvironment(name: string, usual: number): number {
  const size = Number(process.env[name] ?? usual);
  if (Number.isSafeInteger(size) && size > 0) return size;
  throw new Error(`${name} must be a whole number above 0`);
}
