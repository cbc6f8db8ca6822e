import { parentPort } from 'node:worker_threads';
import { runSeeds } from './simulate.ts';

/** A share of the seeds. */
export interface SeedShare {
  readonly from: number;
  readonly count: number;
}

parentPort?.on('message', ({ from, count }: SeedShare) => {
  parentPort?.postMessage(runSeeds(from, count), []);
});
