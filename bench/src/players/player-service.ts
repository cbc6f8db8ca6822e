import { freePort } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { PinnedProcess } from '../harness/pinned-process.ts';
import { everythingOn } from './settings.ts';

const MAIN = new URL('../../../apps/player-service/src/main.ts', import.meta.url);
const READY_WITHIN_MS = 600_000;

/** A player-service on the first core. */
export interface PlayerService extends AsyncDisposable {
  readonly url: string;
  readonly process: PinnedProcess;
  /** Ends it in order, so that its database is closed. */
  stop(): Promise<void>;
}

/** Starts one with sessions and copies of players in its own memory; `settings` by environment name. */
export async function startPlayerService(settings: Readonly<Record<string, string>>): Promise<PlayerService> {
  const port = await freePort();
  const process = new PinnedProcess(0, globalThis.process.execPath, [MAIN.pathname], {
    NODE_ENV: 'production',
    CACHE_URL: 'memory:',
    ...everythingOn,
    ...settings,
    PORT: String(port),
  });
  process.child.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  await ready(url, process);
  return {
    url,
    process,
    async stop() {
      process.child.kill('SIGTERM');
      await process.exited;
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

async function ready(url: string, process: PinnedProcess): Promise<void> {
  const giveUpAtMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const isReady = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return;
    if (process.child.exitCode !== null || performance.now() > giveUpAtMs) {
      throw new Error('player-service did not become ready');
    }
    await sleep(50);
  }
}
