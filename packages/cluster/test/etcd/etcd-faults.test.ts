import { systemClock } from '@hanok/service-kit';
import { eventually, startEtcd, startEtcdCluster, type EtcdCluster } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { EtcdGateway } from '../../src/etcd/etcd-gateway.ts';
import { encodeText } from '../../src/etcd/etcd-json.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import type { Registration } from '../../src/registry/registry-types.ts';
import { startOnEtcd, type EtcdTestCluster } from './start-on-etcd.ts';

const patiently = { timeoutMs: 40_000 };

const registration: Registration = {
  id: 'player-1',
  service: 'player-service',
  host: '127.0.0.1',
  port: 8_001,
  state: 'ready',
  ttlMs: 60_000,
  metadata: {},
};

async function start(etcd: EtcdCluster): Promise<EtcdTestCluster> {
  const cluster = startOnEtcd(etcd.url, 2);
  await eventually(() => leaders(cluster).length === 1, patiently);
  return cluster;
}

const leaders = (cluster: EtcdTestCluster) =>
  [...cluster.nodes.values()].filter((node) => node.holdsLeadership());

// Each test mostly waits, and has an etcd of its own.
describe('coordination by etcd under faults', { timeout: 120_000, concurrent: true }, () => {
  it('goes on at another member when one is killed', async () => {
    await using etcd = await startEtcdCluster();
    await using cluster = await start(etcd);
    for (const server of etcd.servers) {
      await server.kill();
      for (const node of cluster.nodes.values()) {
        const result = await eventually(() => node.registry.register(registration), patiently);
        expect(['registered', 'renewed']).toContain(result.outcome);
      }
      await eventually(() => leaders(cluster).length === 1, patiently);
      await server.restart();
    }
  });

  it('has no leader once a majority is away, and one again when it is back', async () => {
    await using etcd = await startEtcdCluster();
    await using cluster = await start(etcd);
    const [leader] = leaders(cluster);
    const leadership = await leader?.election.campaign();
    for (const server of etcd.servers.slice(1)) server.pause();
    await eventually(() => expect(leadership?.isValid()).toBe(false), patiently);
    // Validity ends by the clock; the signal by a timer, which may come a moment later.
    await eventually(() => expect(leadership?.signal.aborted).toBe(true), patiently);
    const write = leader?.registry.register(registration, 1_000);
    await expect(write).rejects.toMatchObject({ code: 'outcome-unknown', retryable: true });
    await eventually(
      () => expect([...cluster.nodes.values()].map((node) => node.isCurrent())).toEqual([false, false]),
      patiently,
    );
    for (const server of etcd.servers.slice(1)) server.resume();
    await eventually(() => leaders(cluster).length === 1, patiently);
    const next = await leaders(cluster)[0]?.election.campaign();
    expect(next?.token).toBeGreaterThan(leadership?.token ?? Infinity);
  });

  it('logs in, again after a restart, and says when it may not', async () => {
    await using etcd = await startEtcd({ dedicated: true });
    const root = new EtcdGateway({ address: parseEtcdUrl(etcd.url, '/'), clock: systemClock });
    await root.call('/auth/user/add', { name: 'root', password: 'pa/ss' }, 5_000);
    await root.call('/auth/role/add', { name: 'root' }, 5_000);
    await root.call('/auth/user/grant', { user: 'root', role: 'root' }, 5_000);
    await root.call('/auth/enable', {}, 5_000);
    await expect(root.call('/kv/range', { key: encodeText('a') }, 5_000)).rejects.toMatchObject({
      retryable: false,
    });

    await using cluster = startOnEtcd(etcd.url.replace('etcd://', 'etcd://root:pa%2Fss@'), 1);
    const node = cluster.nodes.get('coordinator-1');
    expect(await node?.registry.register(registration)).toMatchObject({ outcome: 'registered' });
    await etcd.restart();
    const result = await eventually(
      () => node?.registry.register({ ...registration, state: 'draining' }) ?? null,
      patiently,
    );
    expect(result.outcome).toBe('updated');

    await using stranger = startOnEtcd(etcd.url.replace('etcd://', 'etcd://root:wrong@'), 1);
    const refused = stranger.nodes.get('coordinator-1')?.registry.register(registration);
    await expect(refused).rejects.toMatchObject({ code: 'no-leader' });
  });
});
