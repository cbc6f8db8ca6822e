import { announceService, watchServices } from '@hanok/cluster';
import { eventually } from '@hanok/testkit';
import { expect, test, vi } from 'vitest';
import { CoordinatorGroup } from './support/coordinators.ts';

vi.setConfig({ testTimeout: 120_000 });

test('a coordinator stops in order while services keep a connection to it and readers come back', async () => {
  await using group = await CoordinatorGroup.start(1);
  const { child, url } = await group.leader();
  const service = 'player-service';
  const coordinatorUrls = [url];
  const announcement = announceService({
    coordinatorUrls,
    id: 'player-1',
    service,
    host: '127.0.0.1',
    port: 8_001,
  });
  const links: boolean[] = [];
  const watch = watchServices({
    coordinatorUrls,
    service,
    onChange: () => undefined,
    onLink: (connected) => links.push(connected),
  });
  await eventually(() => announcement.registered && links.at(-1) === true, { timeoutMs: 30_000 });
  child.kill('SIGTERM');
  // 1 would say that it ran into its deadline.
  expect((await child.exited).code, child.output()).toBe(0);
  await eventually(() => links.at(-1) === false);
  watch.close();
  await announcement.stop();
});
