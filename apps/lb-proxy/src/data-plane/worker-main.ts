import { parentPort, workerData } from 'node:worker_threads';
import { PortableEngine } from '../relay/portable/portable-engine.ts';
import type { WorkerCommand, WorkerStart } from './messages.ts';
import { sharedNowMs } from './shared-clock.ts';
import { DataPlaneWorker } from './worker.ts';

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread');

const start = workerData as WorkerStart;
const worker = new DataPlaneWorker(start, {
  engine: new PortableEngine(start.relay),
  chance: { next: () => Math.random() },
  nowMs: sharedNowMs,
  report: (report) => port.postMessage(report, []),
});
port.on('message', (command: WorkerCommand) => worker.obey(command));
await worker.listen();
