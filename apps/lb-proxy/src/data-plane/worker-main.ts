import { randomInt } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { SeededChance } from '@hanok/strategies';
import { DescriptorLedger } from '../relay/linux/descriptor-ledger.ts';
import { loadLibc } from '../relay/linux/libc.ts';
import { LinuxEngine } from '../relay/linux/linux-engine.ts';
import { loadRingCalls } from '../relay/linux/ring-calls.ts';
import { PortableEngine } from '../relay/portable/portable-engine.ts';
import type { RelayEngine } from '../relay/relay-engine.ts';
import { TlsTerminator } from '../tls/tls-terminator.ts';
import type { WorkerCommand, WorkerStart } from './messages.ts';
import { sharedNowMs } from './shared-clock.ts';
import { DataPlaneWorker } from './worker.ts';

const port = parentPort;
if (port === null) throw new Error('this file is started as a worker thread');

const start = workerData as WorkerStart;
const tls = start.tls === null ? undefined : new TlsTerminator(start.tls);
const worker = new DataPlaneWorker(start, {
  engine: await createEngine(start),
  tls,
  chance: new SeededChance(randomInt(2 ** 32)),
  nowMs: sharedNowMs,
  report: (report) => port.postMessage(report, []),
});
port.on('message', (command: WorkerCommand) => worker.obey(command));
await worker.listen();

async function createEngine({ relay, descriptors, readsInBatches }: WorkerStart): Promise<RelayEngine> {
  if (descriptors === null) return new PortableEngine(relay, tls);
  const calls = readsInBatches ? await loadRingCalls() : undefined;
  return new LinuxEngine(relay, await loadLibc(), new DescriptorLedger(descriptors), calls);
}
