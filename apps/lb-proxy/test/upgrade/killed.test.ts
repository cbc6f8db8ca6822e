import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, seededRng, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startStreams } from './streams.ts';
import { MOVABLE, upgradable } from './upgradable.ts';

/** Processes killed for each engine and side. UPGRADE_KILLS=20 is a longer proof. */
const KILLS = Number(process.env['UPGRADE_KILLS'] ?? 1);
const CONNECTIONS = 96;
/** Handing over so many takes about as long. */
const LONGEST_WAIT_MS = 120;
const PROBE_INTERVAL_MS = 10;

/** Connects again and again; the ways in which that failed. Being reset later is another matter. */
function startKnocking(port: number): { stop(): Promise<string[]> } {
  const refusals: string[] = [];
  const stopping = new AbortController();
  const knocking = (async () => {
    while (!stopping.signal.aborted) {
      const socket = connect({ port, host: '127.0.0.1' });
      await new Promise<void>((resolve) => {
        socket.once('connect', () => resolve());
        socket.once('error', (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ECONNRESET') refusals.push(error.code ?? error.message);
          resolve();
        });
      });
      socket.on('error', () => undefined).destroy();
      await sleep(PROBE_INTERVAL_MS);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await knocking;
      return refusals;
    },
  };
}

describe.each(MOVABLE)('a process killed in the middle of an upgrade, with the %s engine', (relay) => {
  it.each(['old', 'new'] as const)(
    'takes its connections along, and no others: the %s one',
    async (who) => {
      const rng = seededRng(`${relay} ${who}`);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await using folder = temporaryFolder();
        await using streams = await startStreams({ mayBeCut: true });
        const proxies = await upgradable(streams.backend.port, folder.path, { RELAY: relay });
        await using old = await proxies.start();
        await proxies.isUp();
        await streams.open(proxies.game, CONNECTIONS);
        const knocking = startKnocking(proxies.game);
        await using next = await proxies.begin();
        await eventually(() => old.output().includes('another lb-proxy takes over'), { intervalMs: 2 });
        const waitMs = rng.next() * LONGEST_WAIT_MS;
        await sleep(waitMs);
        const [killed, survivor] = who === 'old' ? [old, next] : [next, old];
        killed.kill('SIGKILL');
        await killed.exited;
        await eventually(() => survivor.output().includes('lb-proxy listens on'));
        await streams.open(proxies.game, 1);
        expect(await knocking.stop()).toEqual([]);
        await streams.finish();
        expect(streams.failures, `${who} killed after ${waitMs} ms`).toEqual([]);
      }
    },
    60_000 + KILLS * 20_000,
  );
});
