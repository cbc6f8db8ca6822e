import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePorts, startProcess, temporaryFolder, type ChildHandle } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startStreams } from './streams.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

interface Statistics {
  readonly connections: { readonly active: number };
  readonly backends: readonly { readonly id: string; readonly activeConnections: number }[];
}

/** Starts lb-proxies of one configuration, one after the other. */
async function upgradable(backendPort: number, folder: string, more: Record<string, string> = {}) {
  const [game = 0, admin = 0] = await freePorts(2);
  const env = {
    LISTEN: `127.0.0.1:${game}`,
    PORT: String(admin),
    BACKENDS: `a@127.0.0.1:${backendPort}`,
    WORKERS: '2',
    UPGRADE_SOCKET: join(folder, 'upgrade.sock'),
    ...more,
  };
  return {
    game,
    start: (changes: Record<string, string> = {}): Promise<ChildHandle> =>
      startProcess({
        args: [main],
        env: { ...env, ...changes },
        readyLine: /lb-proxy listens on/,
        readyUrl: `http://127.0.0.1:${admin}/readyz`,
      }),
    async statistics(): Promise<Statistics> {
      return (await (await fetch(`http://127.0.0.1:${admin}/v1/stats`)).json()) as Statistics;
    },
  };
}

const descriptorsOf = (process: ChildHandle): number => readdirSync(`/proc/${process.pid}/fd`).length;

describe.runIf(process.platform === 'linux')('a live upgrade', () => {
  it('loses no byte of connections that stream both ways, half-closed ones included', { timeout: 60_000 }, async () => {
    const count = 200;
    await using folder = temporaryFolder();
    await using streams = await startStreams();
    const proxies = await upgradable(streams.backend.port, folder.path);
    let running = await proxies.start();
    await eventually(async () => expect((await proxies.statistics()).backends).toMatchObject([{ health: 'up' }]));
    const idleDescriptors = descriptorsOf(running);
    await streams.open(proxies.game, count);
    for (let upgrade = 0; upgrade < 3; upgrade += 1) {
      const next = await proxies.start();
      expect(await running.exited).toMatchObject({ code: 0 });
      expect(running.output()).toContain(`"moved":${count}`);
      running = next;
      const before = streams.receivedBytes;
      await eventually(() => streams.receivedBytes > before + 100_000);
      expect(streams.failures).toEqual([]);
      await eventually(async () =>
        expect(await proxies.statistics()).toMatchObject({
          connections: { active: count },
          backends: [{ id: 'a', activeConnections: count }],
        }),
      );
    }
    expect(await streams.finish()).toBeGreaterThan(0);
    expect(streams.failures).toEqual([]);
    await eventually(async () =>
      expect(await proxies.statistics()).toMatchObject({
        connections: { active: 0 },
        backends: [{ id: 'a', activeConnections: 0 }],
      }),
    );
    await eventually(() => expect(descriptorsOf(running)).toBeLessThanOrEqual(idleDescriptors + 4));
    await running[Symbol.asyncDispose]();
  });
});
