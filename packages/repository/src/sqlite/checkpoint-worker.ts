import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import Driver from 'better-sqlite3';

/** Copies what the write-ahead log holds into the database file, each time it is told to, until it is told to end. */
const { path } = workerData as { path: string };
const driver = new Driver(path, { timeout: 0 });

/** Behind the event loop, as far as the system lets it: nobody waits for the log to become short. */
const NICENESS = 10;

/** On Linux a thread has a priority of its own; elsewhere this would slow the whole process down. */
function yieldToEventLoop(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(NICENESS);
  } catch {
    // A checkpoint at the usual priority does its work as well.
  }
}

function checkpoint(): void {
  try {
    driver.pragma('wal_checkpoint(PASSIVE)');
  } catch (error) {
    // Somebody else is at it, or the disk is full: the log stays, and the next commit asks again.
    if (!(error instanceof Driver.SqliteError)) throw error;
  }
}

yieldToEventLoop();
parentPort?.on('message', (message: 'checkpoint' | 'end') => {
  if (message === 'end') {
    driver.close();
    parentPort?.close();
    return;
  }
  checkpoint();
  parentPort?.postMessage('done', []);
});
