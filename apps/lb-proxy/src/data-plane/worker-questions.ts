import type { Worker } from 'node:worker_threads';
import type { Decision } from './decision-log.ts';
import type { ConnectionQuery, LiveConnection } from './live-connection.ts';
import type { WorkerReport } from './messages.ts';

/** What a worker is asked; a report with the same number answers. */
export type WorkerQuestion =
  | { readonly type: 'tell-decisions'; readonly request: number }
  | { readonly type: 'list-connections'; readonly request: number; readonly query: ConnectionQuery }
  | { readonly type: 'close-connection'; readonly request: number; readonly serial: number };

/** Answers to questions. */
export type WorkerAnswer =
  | { readonly type: 'decisions'; readonly request: number; readonly decisions: readonly Decision[] }
  | { readonly type: 'connections'; readonly request: number; readonly items: readonly LiveConnection[] }
  /** `found`: the connection was there. */
  | { readonly type: 'connection-closed'; readonly request: number; readonly found: boolean };

/** Longest wait for a worker that is busy, or about to crash. */
const ANSWER_TIMEOUT_MS = 1_000;

/** The worker's answer; undefined when it has none in time. */
function ask<Type extends WorkerAnswer['type']>(
  worker: Worker,
  question: WorkerQuestion,
  type: Type,
): Promise<Extract<WorkerAnswer, { type: Type }> | undefined> {
  return new Promise((resolve) => {
    const finish = (answer: Extract<WorkerAnswer, { type: Type }> | undefined): void => {
      clearTimeout(timer);
      worker.off('message', listen);
      worker.off('exit', gone);
      resolve(answer);
    };
    const gone = (): void => finish(undefined);
    const listen = (report: WorkerReport): void => {
      if (isAnswer(report, type) && report.request === question.request) finish(report);
    };
    const timer = setTimeout(gone, ANSWER_TIMEOUT_MS);
    worker.on('message', listen);
    worker.once('exit', gone);
    worker.postMessage(question, []);
  });
}

function isAnswer<Type extends WorkerAnswer['type']>(
  report: WorkerReport,
  type: Type,
): report is Extract<WorkerAnswer, { type: Type }> {
  return report.type === type;
}

/** The worker's last decisions, newest first; none when it does not answer in time. */
export async function askDecisions(worker: Worker, request: number): Promise<readonly Decision[]> {
  const answer = await ask(worker, { type: 'tell-decisions', request }, 'decisions');
  return answer?.decisions ?? [];
}

/** Some of a worker's connections, oldest first; none when it does not answer in time. */
export async function askConnections(
  worker: Worker,
  request: number,
  query: ConnectionQuery,
): Promise<readonly LiveConnection[]> {
  const answer = await ask(worker, { type: 'list-connections', request, query }, 'connections');
  return answer?.items ?? [];
}

/** Lets a worker close a connection; whether it was there. */
export async function askClose(worker: Worker, request: number, serial: number): Promise<boolean> {
  const answer = await ask(worker, { type: 'close-connection', request, serial }, 'connection-closed');
  return answer?.found ?? false;
}
