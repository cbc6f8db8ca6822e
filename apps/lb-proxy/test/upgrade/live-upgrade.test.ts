import { readdirSync } from 'node:fs';
import { eventually, temporaryFolder, type ChildHandle } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startStreams } from './streams.ts';
import { MOVABLE, upgradable } from './upgradable.ts';

const descriptorsOf = (process: ChildHandle): number => readdirSync(`/proc/${process.pid}/fd`).length;

describe.each(MOVABLE)('a live upgrade, with the %s engine', () => {
  it(
    'loses no byte of connections that stream both ways, half-closed ones included',
    { timeout: 60_000 },
    async () => {
      const count = 200;
      await using folder = temporaryFolder();
      await using streams = await startStreams();
      const proxies = await upgradable(streams.backend.port, folder.path);
      let running = await proxies.start();
      await proxies.isUp();
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
