import { writeFileSync } from 'node:fs';
import { eventually, seededRng } from '@hanok/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { checkLinearizable } from '../linearizability/checker.ts';
import { RegistryClients } from '../linearizability/registry-clients.ts';
import { registryModel, withoutUnread } from '../linearizability/registry-model.ts';
import type { CoordinatorProcess } from '../support/coordinators.ts';
import { FaultGroup } from './fault-group.ts';
import type { Engine } from './fault-group.ts';
import { machineTimeMs, overlapMs } from './leadership-record.ts';
import { randomFault } from './random-fault.ts';

const patiently = { timeoutMs: 120_000, intervalMs: 20 };
/** How many random faults follow the directed ones. */
const rounds = Number(process.env['FAULT_ROUNDS'] ?? 2);
const seed = process.env['FAULT_SEED'] ?? 'faults';

/**
 * What must hold of real processes, whatever the engine: at no time do two of them hold valid leadership, after healing
 * there is one leader, and what clients are told fits one order of events. Clients write and read all the time.
 */
export function describeFaults(engine: Engine): void {
  describe(`real processes on the ${engine} engine`, { timeout: 300_000 + rounds * 20_000 }, () => {
    const opened = new AsyncDisposableStack();
    let group: FaultGroup;
    let clients: RegistryClients;
    beforeAll(async () => {
      group = opened.use(await FaultGroup.start(engine));
      const urls = group.coordinators.map(({ url }) => url);
      clients = new RegistryClients(urls, seed);
      opened.defer(async () => void (await clients.stop()));
    }, 300_000);
    afterAll(() => opened.disposeAsync(), 60_000);
    afterEach(async () => {
      group.network.rules.heal();
      await group.agreed();
      expect(overlapMs(group.spans())).toBe(0);
    }, 150_000);

    test('a leader cut off both ways stops leading before another begins', async () => {
      const leader = await group.agreed();
      const { fencingToken } = await leader.leader();
      group.network.rules.isolate(leader.id, group.peersOf(leader.id));
      const successor = await group.agreed(group.without(leader));
      expect((await successor.leader()).fencingToken).toBeGreaterThan(fencingToken);
      expect((await leader.leader()).isSelf).toBe(false);
      const refused = await Promise.all([
        leader.register('cut-off'),
        leader.send('GET', '/v1/nodes?consistent=true'),
        leader.send('GET', '/v1/nodes/some?consistent=true'),
      ]);
      expect(refused.map(({ status }) => status)).toEqual([503, 503, 503]);
      expect(refused.map(({ headers }) => headers.get('retry-after'))).toEqual(['1', '1', '1']);
      await eventually(async () => expect((await leader.leader()).stale).toBe(true), patiently);
      const { status, headers } = await leader.send('GET', '/v1/nodes/some');
      expect([status, headers.get('x-hanok-stale')]).toEqual([404, 'true']);
    });

    test('a leader whose messages are lost, and one that hears nothing, are replaced', async () => {
      for (const way of ['out', 'in'] as const) {
        const leader = await group.agreed();
        const { fencingToken } = await leader.leader();
        for (const peer of group.peersOf(leader.id)) {
          group.network.rules.cutOneWay(way === 'out' ? leader.id : peer, way === 'out' ? peer : leader.id);
        }
        const successor = await group.agreed(group.without(leader));
        expect((await successor.leader()).fencingToken).toBeGreaterThan(fencingToken);
        group.network.rules.heal();
        await group.agreed();
      }
    });

    test('a leader that was paused beyond its lease (SIGSTOP) knows at once that it is over', async () => {
      const leader = await group.agreed();
      const { fencingToken } = await leader.leader();
      leader.child.kill('SIGSTOP');
      const successor = await group.agreed(group.without(leader));
      expect((await successor.leader()).fencingToken).toBeGreaterThan(fencingToken);
      const wokenAt = machineTimeMs();
      leader.child.kill('SIGCONT');
      const woken = await leader.leader();
      expect(woken.isSelf && woken.fencingToken === fencingToken).toBe(false);
      await group.agreed();
      const late = group
        .spansOf(leader.id)
        .filter(({ token, from }) => token === fencingToken && from > wokenAt);
      expect(late).toEqual([]);
    });

    test('a leader that is killed, and one that also loses its disk, are replaced', async () => {
      for (const loses of [false, true]) {
        const leader = await group.agreed();
        const { fencingToken } = await leader.leader();
        await leader.kill();
        const successor = await group.agreed(group.without(leader));
        expect((await successor.leader()).fencingToken).toBeGreaterThan(fencingToken);
        if (loses) await leader.loseDisk();
        await leader.start('alive');
        await group.agreed();
        if (loses && engine === 'embedded') await readmit(group, leader);
      }
    });

    test('slow links that lose packets still carry one leader, and its writes', async () => {
      const names = [...group.coordinators.map(({ id }) => id), ...group.electors];
      group.network.rules.degrade(names, { delayMs: 15, loss: 0.05 });
      await group.agreed();
      for (const each of group.coordinators) {
        await eventually(
          async () => expect((await each.register(`slow-${each.id}`)).status).toBeLessThan(300),
          patiently,
        );
      }
    });

    test('datagrams that are sent again are dropped and counted', async () => {
      const [one, other] = group.coordinators;
      if (one === undefined || other === undefined) throw new Error('three were started');
      const counted = async () => {
        const text = await (await fetch(`${other.url}/metrics`)).text();
        return Number(/dropped_frames\{reason="replayed"\} (\d+)/.exec(text)?.[1]);
      };
      const before = await counted();
      await eventually(async () => {
        expect(group.network.repeatDatagram(one.id, other.id)).toBe(true);
        expect(await counted()).toBeGreaterThan(before + 3);
      }, patiently);
    });

    test(`${rounds} random faults, one after the other`, async () => {
      const rng = seededRng(seed);
      for (let round = 0; round < rounds; round += 1) {
        const fault = await randomFault(group, rng);
        try {
          await group.agreed();
        } catch (cause) {
          const when = `after ${fault}, round ${round} of seed ${seed}`;
          throw new Error(`no agreement ${when}. They printed:\n${group.printed()}`, { cause });
        }
        expect(overlapMs(group.spans()), `after ${fault}, round ${round} of seed ${seed}`).toBe(0);
      }
    });

    test('all that clients were told fits one order of events', async () => {
      const histories = await clients.stop();
      let operations = 0;
      for (const [id, history] of histories) {
        operations += history.length;
        const verdict = checkLinearizable(registryModel, withoutUnread(history));
        expect(verdict, `${id}: ${JSON.stringify(history)}`).toMatchObject({ isLinearizable: true });
      }
      expect(operations).toBeGreaterThan(100);
      const spans = group.spans();
      report({
        engine,
        operations,
        unknown: [...histories.values()].flat().filter(({ output }) => output === null).length,
        leaderships: new Set(spans.map(({ token }) => token)).size,
        overlapMs: overlapMs(spans),
      });
    });
  });
}

/** As docs/operations/coordinator.md says of a voter that lost its disk: out, and in again. */
async function readmit(group: FaultGroup, { id }: CoordinatorProcess): Promise<void> {
  const { host, port } = group.hostOf(id);
  const change = (method: 'PUT' | 'DELETE', body?: unknown) =>
    eventually(async () => {
      const leader = await group.agreed();
      expect((await leader.send(method, `/v1/voters/${id}`, body)).status).toBeLessThan(300);
    }, patiently);
  await change('DELETE');
  await change('PUT', { host, port });
  await eventually(async () => {
    const leader = await group.agreed();
    const { items } = await leader.get<{ items: { role: string }[] }>('/v1/voters');
    expect(items.map(({ role }) => role)).toEqual(['voter', 'voter', 'voter']);
  }, patiently);
}

/** Leaves the figures of a run in the file FAULT_REPORT, one line each. */
function report(figures: Readonly<Record<string, string | number>>): void {
  const path = process.env['FAULT_REPORT'];
  if (path !== undefined)
    writeFileSync(path, `${JSON.stringify({ rounds, seed, ...figures })}\n`, { flag: 'a' });
}
