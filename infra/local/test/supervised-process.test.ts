import { systemClock } from '@hanok/service-kit/time';
import { eventually, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { httpProbe } from '../src/readiness.ts';
import type { RestartPolicy } from '../src/restart-policy.ts';
import { SupervisedProcess } from '../src/supervised-process.ts';
import { fakeTopology } from './fixtures/fake-topology.ts';

const POLICY: RestartPolicy = {
  baseDelayMs: 10,
  maxDelayMs: 30,
  healthyAfterMs: 600_000,
  maxFailedStarts: 3,
};

/** Kills a child each time it is ready, and records the delays before its restarts. */
async function delaysOfKills(kills: number, policy: RestartPolicy): Promise<number[]> {
  await using folder = temporaryFolder();
  const [spec] = (await fakeTopology(folder.path, [{ name: 'victim' }])).services;
  if (spec === undefined) throw new Error('no service in the topology');
  const delays: number[] = [];
  const child = new SupervisedProcess(
    spec,
    {
      clock: systemClock,
      rng: { next: () => 1 },
      probe: httpProbe,
      policy,
      env: process.env,
      cwd: folder.path,
    },
    {
      onLine: () => {},
      onReady: () => {
        if (delays.length < kills && child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
      },
      onRestart: (_exit, delayMs) => delays.push(delayMs),
      shouldGiveUp: () => false,
    },
  );
  child.start();
  try {
    await eventually(() => expect(delays).toHaveLength(kills), { timeoutMs: 30_000 });
  } finally {
    await child.kill();
  }
  expect(child.pid).toBeUndefined();
  return delays;
}

describe('SupervisedProcess', { timeout: 60_000 }, () => {
  it('waits twice as long before each restart, up to the maximum', async () => {
    expect(await delaysOfKills(4, POLICY)).toEqual([10, 20, 30, 30]);
  });

  it('forgets earlier ends once the child was ready for long enough', async () => {
    expect(await delaysOfKills(3, { ...POLICY, healthyAfterMs: 0 })).toEqual([10, 10, 10]);
  });
});
