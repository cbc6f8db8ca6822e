import { parentPort, workerData } from 'node:worker_threads';
import Driver from 'better-sqlite3';

/** Copies what the write-ahead log holds into the database file, each time it is told to, until it is told to end. */
const { path } = workerData as { path: string };
const driver = new Driver(path, { timeout: 0 });

function checkpoint(): void {
  try {
    driver.pragma('wal_checkpoint(PASSIVE)');
  } catch (error) {
    // Somebody else is at it, or the disk is full: the log stays, and the next commit asks again.
    if (!(error instanceof Driver.SqliteError)) throw error;
  }
}

parentPort?.on('message', (message: 'checkpoint' | 'end') => {
  if (message === 'end') {
    driver.close();
    parentPort?.close();
    return;
  }
  checkpoint();
  parentPort?.postMessage('done', []);
});
