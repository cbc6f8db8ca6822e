import { randomUUID } from 'node:crypto';
import { systemClock } from '@hanok/service-kit';
import { eventually, startEtcd, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EtcdGateway } from '../../src/etcd/etcd-gateway.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import { GuardedWrite } from '../../src/etcd/guarded-write.ts';
import { grantLease } from '../../src/etcd/etcd-leases.ts';
import { encodeNode } from '../../src/etcd/registry-records.ts';
import type { Registration } from '../../src/registry/registry-types.ts';
import { startOnEtcd } from './start-on-etcd.ts';

const registration: Registration = {
  id: 'player-1',
  service: 'player-service',
  host: '127.0.0.1',
  port: 8_001,
  state: 'ready',
  ttlMs: 60_000,
  metadata: {},
};
const timeoutMs = 5_000;
let etcd: TestServer;
let gateway: EtcdGateway;

beforeAll(async () => {
  etcd = await startEtcd();
  gateway = new EtcdGateway({ address: parseEtcdUrl(etcd.url, '/'), clock: systemClock });
}, 60_000);
afterAll(() => etcd.stop());

/** Loses each first answer to a write: what was done is done, and is sent again after `meanwhile`. */
function losingAnswers(meanwhile: () => Promise<unknown>): EtcdGateway {
  const losing = new EtcdGateway({ address: parseEtcdUrl(etcd.url, '/'), clock: systemClock });
  const call = losing.call.bind(losing);
  losing.call = async (path, body, left, onUnclear) => {
    await call(path, body, left);
    await meanwhile();
    onUnclear?.();
    return call(path, body, left);
  };
  return losing;
}

async function put(write: GuardedWrite, atRevision: number): Promise<number | null> {
  const lease = await grantLease(gateway, 60_000, timeoutMs);
  const record = { registeredAt: '', isRemoved: false, writeId: write.id };
  return write.put(atRevision, encodeNode(registration, record), lease.id, timeoutMs);
}

describe('a write whose answer was lost', () => {
  it('is known again', async () => {
    const key = `/guarded/${randomUUID()}`;
    const revision = await put(
      new GuardedWrite(
        losingAnswers(() => Promise.resolve()),
        key,
      ),
      0,
    );
    expect(revision).toBeGreaterThan(0);
    expect(await put(new GuardedWrite(gateway, key), 0)).toBeNull();
    expect(await put(new GuardedWrite(gateway, key), revision ?? 0)).toBeGreaterThan(revision ?? Infinity);
  });

  it('is not done twice when another came in between: it says that it cannot tell', async () => {
    const key = `/guarded/${randomUUID()}`;
    const first = (await put(new GuardedWrite(gateway, key), 0)) ?? 0;
    let second: number | null = null;
    const between = async () => {
      // The first attempt was carried out, and moved the revision on by one at least.
      for (let at = first + 1; second === null; at += 1)
        second = await put(new GuardedWrite(gateway, key), at);
    };
    const write = put(new GuardedWrite(losingAnswers(between), key), first);
    await expect(write).rejects.toMatchObject({ code: 'CLUSTER_ETCD', grpcCode: null });
    expect(await put(new GuardedWrite(gateway, key), second ?? 0)).not.toBeNull();
  });
});

describe('the registry in etcd', { timeout: 60_000 }, () => {
  it('does not lose a registration to the removal of the one before it', async () => {
    await using cluster = startOnEtcd(etcd.url, 2);
    const [one, two] = [...cluster.nodes.values()];
    if (one === undefined || two === undefined) throw new Error('two were started');
    for (let round = 0; round < 30; round += 1) {
      await eventually(() => one.registry.register(registration));
      const [, again] = await Promise.all([
        one.registry.remove(registration.id),
        two.registry.register({ ...registration, metadata: { round: String(round) } }),
      ]);
      const last = await two.registry.register({ ...registration, metadata: { round: String(round) } });
      // Whatever came first, the second registration found nothing or was told so; now it must be there.
      expect(['registered', 'updated', 'renewed']).toContain(again.outcome);
      await one.registry.sync();
      expect(one.registry.get(registration.id)?.metadata, `${again.outcome} ${last.outcome}`).toEqual({
        round: String(round),
      });
    }
  });

  it('does not take a change of another coordinator for its own renewal', async () => {
    await using cluster = startOnEtcd(etcd.url, 2);
    const [one, two] = [...cluster.nodes.values()];
    if (one === undefined || two === undefined) throw new Error('two were started');
    await eventually(() => one.registry.register(registration));
    await two.registry.sync();
    for (let round = 0; round < 30; round += 1) {
      await one.registry.register({ ...registration, state: 'draining' });
      // The copy of the other may still show `ready`, as it was before.
      const { outcome } = await two.registry.register(registration);
      await one.registry.sync();
      expect([outcome, one.registry.get(registration.id)?.state]).toEqual(['updated', 'ready']);
    }
  });
});
