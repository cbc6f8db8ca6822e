import { readdirSync } from 'node:fs';
import { eventually, temporaryFolder, type ChildHandle } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startStreams } from './streams.ts';
import { MOVABLE, upgradable } from './upgradable.ts';

/** The full size: UPGRADE_CONNECTIONS=1000 UPGRADES=20. */
const CONNECTIONS = Number(process.env['UPGRADE_CONNECTIONS'] ?? 200);
const UPGRADES = Number(process.env['UPGRADES'] ?? 3);

const descriptorsOf = (process: ChildHandle): number => readdirSync(`/proc/${process.pid}/fd`).length;

describe.each(MOVABLE)('a live upgrade, with the %s engine', (relay) => {
  it(
    'loses no byte of connections that stream both ways, half-closed ones included',
    { timeout: 60_000 + UPGRADES * 20_000 },
    async () => {
      const count = CONNECTIONS;
      await using folder = temporaryFolder();
      await using streams = await startStreams();
      const proxies = await upgradable(streams.backend.port, folder.path, { RELAY: relay });
      let running = await proxies.start();
      await proxies.isUp();
      const idleDescriptors = descriptorsOf(running);
      await streams.open(proxies.game, count);
      for (let upgrade = 0; upgrade < UPGRADES; upgrade += 1) {
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
            backends: [{ activeConnections: count }],
          }),
        );
      }
      expect(await streams.finish()).toBeGreaterThan(0);
      expect(streams.failures).toEqual([]);
      await eventually(async () =>
        expect(await proxies.statistics()).toMatchObject({
          connections: { active: 0 },
          backends: [{ activeConnections: 0 }],
        }),
      );
      await eventually(() => expect(descriptorsOf(running)).toBeLessThanOrEqual(idleDescriptors + 4));
      await running[Symbol.asyncDispose]();
    },
  );
});
