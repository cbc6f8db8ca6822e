import { Worker } from 'node:worker_threads';
import type { ConnectionTrace } from './connection-trace.ts';
import { ListenError } from './listen-error.ts';
import type { WorkerReport, WorkerStart } from './messages.ts';

/** What the pool is told of a thread. */
export interface ThreadEvents {
  /** It accepts connections, on these sockets where they can be moved. */
  listening(worker: Worker, port: number, descriptors: readonly number[]): void;
  /** So many connects in a row to a backend failed; `code` is the last failure's. */
  backendFailing(slot: number, code: string): void;
  /** A connection is over; only when traces are on. */
  traced(trace: ConnectionTrace): void;
  /** It has ended, asked to or not. Final. */
  ended(worker: Worker, why: Error): void;
}

/**
 * Starts a relay worker.
 * @throws nothing; a listener that cannot be opened is told as the ListenError that the thread ended with
 */
export function startThread(start: WorkerStart, events: ThreadEvents): Worker {
  const worker = new Worker(new URL('./worker-main.ts', import.meta.url), {
    workerData: start,
    name: `lb-proxy relay ${start.index}`,
  });
  let why = new Error('the worker ended');
  worker.on('error', (error: Error) => {
    why = error;
  });
  worker.on('message', (report: WorkerReport) => {
    switch (report.type) {
      case 'listening':
        events.listening(worker, report.port, report.descriptors);
        break;
      case 'cannot-listen':
        why = new ListenError(report.code, start.listen, report.message);
        void worker.terminate();
        break;
      case 'backend-failing':
        events.backendFailing(report.slot, report.code);
        break;
      case 'traced':
        events.traced(report.trace);
        break;
      case 'decisions':
      case 'frozen':
      case 'connections':
      case 'connection-closed':
      case 'closed':
      case 'drained':
        break;
    }
  });
  worker.once('exit', () => events.ended(worker, why));
  return worker;
}
