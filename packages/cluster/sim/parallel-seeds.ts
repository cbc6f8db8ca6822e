import { Worker } from 'node:worker_threads';
import type { SeedShare } from './seed-worker.ts';
import { addTotals, noSeeds } from './simulate.ts';
import type { SeedTotals } from './simulate.ts';

/** Seeds that a worker is given at a time. */
const shareSize = 250;

/**
 * Runs seeds on several cores. Stops handing out seeds after the first broken promise.
 *
 * @throws the error of a worker: a mistake in the simulation itself.
 */
export async function runSeedsInParallel(from: number, count: number, jobs: number): Promise<SeedTotals> {
  let next = from;
  let totals = noSeeds;
  const takeShare = (): SeedShare | null => {
    if (next >= from + count || totals.broken !== null) return null;
    const share = { from: next, count: Math.min(shareSize, from + count - next) };
    next += share.count;
    return share;
  };
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('seed-worker.ts', import.meta.url));
    try {
      for (let share = takeShare(); share !== null; share = takeShare()) {
        totals = addTotals(totals, await askWorker(worker, share));
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work));
  return totals;
}

function askWorker(worker: Worker, share: SeedShare): Promise<SeedTotals> {
  const answer = Promise.withResolvers<SeedTotals>();
  worker.once('message', (totals: SeedTotals) => {
    worker.off('error', answer.reject);
    answer.resolve(totals);
  });
  worker.once('error', answer.reject);
  worker.postMessage(share, []);
  return answer.promise;
}
