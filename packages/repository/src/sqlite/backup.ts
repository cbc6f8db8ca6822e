import { Worker } from 'node:worker_threads';
import { DatabaseFailure, Unsupported } from '../errors.ts';

/** What the worker reports. */
export type BackupOutcome = { readonly sizeBytes: number } | { readonly failure: string };

/**
 * Copies the database to `target` as of one moment, while reads and writes go on: a thread of its own runs
 * `VACUUM INTO`, checks the copy, syncs it, and puts it in place in one rename. `target` is replaced if it exists.
 */
export async function backupSqlite(source: string, target: string): Promise<{ readonly sizeBytes: number }> {
  if (source === ':memory:') throw new Unsupported('a database in memory cannot be backed up');
  const worker = new Worker(new URL('./backup-worker.ts', import.meta.url), {
    workerData: { source, target },
  });
  const outcome = await new Promise<BackupOutcome>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new DatabaseFailure('the backup ended without a result')));
  });
  if ('failure' in outcome) throw new DatabaseFailure(`backup failed: ${outcome.failure}`);
  return outcome;
}
