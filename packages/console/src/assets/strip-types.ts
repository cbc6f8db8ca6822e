import { on } from 'node:events';
import { Worker } from 'node:worker_threads';

const workerFile = new URL('./strip-types-worker.ts', import.meta.url);

/**
 * TypeScript as the JavaScript it is without its types, one after the other as soon as it is done, in a thread of its own:
 * a coordinator has elections to keep, and the thread is the place to leave out the warning that the function of Node which
 * does it is an experiment.
 *
 * @throws Error when a source is not TypeScript that can be stripped
 */
export async function* stripTypes(sources: readonly string[]): AsyncGenerator<string> {
  const worker = new Worker(workerFile, {
    workerData: { sources },
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  for await (const [stripped] of on(worker, 'message', { close: ['exit'] })) yield stripped as string;
}
