import type { Worker } from 'node:worker_threads';
import type { FrozenSession, WorkerReport } from './messages.ts';

/** Longest wait for a worker that is busy; connections are lost by impatience. */
const FREEZE_TIMEOUT_MS = 5_000;

/**
 * Has connections held still; none when the worker has ended.
 * @throws Error when it does not answer in time: it goes on with them, and must not be asked again
 */
export function freeze(
  worker: Worker,
  limits: { maxConnections: number; maxBytes: number },
): Promise<readonly FrozenSession[]> {
  return new Promise((resolve, reject) => {
    const forget = (): void => {
      clearTimeout(timer);
      worker.off('message', listen);
      worker.off('exit', gone);
    };
    const listen = (report: WorkerReport): void => {
      if (report.type !== 'frozen') return;
      forget();
      resolve(report.sessions);
    };
    const gone = (): void => {
      forget();
      resolve([]);
    };
    const timer = setTimeout(() => {
      forget();
      settle(worker, false);
      reject(new Error('a relay worker does not answer'));
    }, FREEZE_TIMEOUT_MS);
    worker.on('message', listen);
    worker.on('exit', gone);
    worker.postMessage({ type: 'freeze', ...limits }, []);
  });
}

/** Tells the worker what became of the connections it holds still. */
export function settle(worker: Worker, moved: boolean): void {
  worker.postMessage({ type: 'settle', moved }, []);
}

/** Resolves when the worker reports so, or has ended. */
export function reported(worker: Worker, type: WorkerReport['type']): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', resolve);
    worker.on('message', (report: WorkerReport) => {
      if (report.type === type) resolve();
    });
  });
}

/** A worker that does not answer in time is ended all the same. */
const DRAIN_GRACE_MS = 1_000;

/** Lets the worker finish what it has within the deadline, then ends it. */
export function drain(worker: Worker, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const overdue = setTimeout(() => void worker.terminate(), deadlineMs + DRAIN_GRACE_MS);
    worker.once('exit', () => {
      clearTimeout(overdue);
      resolve();
    });
    worker.on('message', (report: WorkerReport) => {
      if (report.type === 'drained') void worker.terminate();
    });
    worker.postMessage({ type: 'drain', deadlineMs }, []);
  });
}
