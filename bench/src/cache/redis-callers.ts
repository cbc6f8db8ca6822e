import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '@hanok/cache-client';
import { eventually } from '@hanok/testkit';

/** What the callers saw, in wall time. */
export interface CallersReport {
  /** Of the first call that began after a call had failed and was answered; undefined when none failed. */
  readonly firstSuccessAtMs: number | undefined;
  readonly failures: number;
  readonly longestCallMs: number;
  readonly longestBlockMs: number;
}

const callers = 64;
const { url } = workerData as { url: string };
const store = openStore(url);
await eventually(() => assert.ok(store.connected));
const delay = monitorEventLoopDelay({ resolution: 1 });
let lastFailureAtMs: number | undefined;
let firstSuccessAtMs: number | undefined;
let failures = 0;
let longestCallMs = 0;
const disturbance = { isOver: false };

/** Calls until the disturbance is said to be over, and calls are answered again if they were not. */
async function call(): Promise<void> {
  while (!disturbance.isOver || (lastFailureAtMs !== undefined && firstSuccessAtMs === undefined)) {
    const begunAtMs = Date.now();
    const isAnswered = await store.get('key').then(
      () => true,
      () => false,
    );
    longestCallMs = Math.max(longestCallMs, Date.now() - begunAtMs);
    if (!isAnswered) {
      failures += 1;
      lastFailureAtMs = Date.now();
    } else if (lastFailureAtMs !== undefined && begunAtMs >= lastFailureAtMs) {
      firstSuccessAtMs ??= Date.now();
    }
    await sleep(2);
  }
}

const calling = Promise.all(Array.from({ length: callers }, call));
await sleep(200);
delay.enable();
parentPort?.once('message', () => (disturbance.isOver = true));
parentPort?.postMessage('calling', []);
await calling;
delay.disable();
await store.close();
const report: CallersReport = {
  firstSuccessAtMs,
  failures,
  longestCallMs,
  longestBlockMs: delay.max / 1e6,
};
parentPort?.postMessage(report, []);
