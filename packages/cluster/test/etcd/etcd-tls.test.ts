import { join } from 'node:path';
import { systemClock } from '@hanok/service-kit';
import { eventually, freePorts, startProcess, temporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EtcdTls } from '../../src/etcd/etcd-connection.ts';
import { EtcdGateway } from '../../src/etcd/etcd-gateway.ts';
import { encodeText } from '../../src/etcd/etcd-json.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import { CertificateAuthority } from './certificate-authority.ts';
import { startOnEtcd } from './start-on-etcd.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = temporaryFolder();
const patiently = { timeoutMs: 30_000 };
/** As short as etcd allows, so that logins end while the test looks on. */
const loginSeconds = 1;
let tls: EtcdTls;
let ports: number[];
let stop: () => Promise<void>;

/** Two members that take only clients with a certificate, and only logged in. */
beforeAll(async () => {
  const authority = await CertificateAuthority.make(folder.path);
  const server = await authority.issue('server');
  const client = await authority.issue('client');
  tls = { ca: await authority.cert(), cert: client.cert, key: client.key };
  const all = await freePorts(4);
  ports = all.slice(0, 2);
  const peers = all.slice(2).map((port, index) => `m${index}=http://127.0.0.1:${port}`);
  const members = await Promise.all(
    ports.map((port, index) =>
      startProcess({
        command: 'etcd',
        args: [
          `--name=m${index}`,
          `--data-dir=${join(folder.path, `m${index}`)}`,
          `--listen-client-urls=https://127.0.0.1:${port}`,
          `--advertise-client-urls=https://127.0.0.1:${port}`,
          `--listen-peer-urls=${peers[index]?.slice(3)}`,
          `--initial-advertise-peer-urls=${peers[index]?.slice(3)}`,
          `--initial-cluster=${peers.join(',')}`,
          `--cert-file=${server.certFile}`,
          `--key-file=${server.keyFile}`,
          `--trusted-ca-file=${authority.certFile}`,
          '--client-cert-auth',
          `--auth-token-ttl=${loginSeconds}`,
          '--bcrypt-cost=4',
          '--logger=zap',
        ],
        readyLine: /serving client/,
        readyTimeoutMs: 60_000,
      }),
    ),
  );
  stop = async () => {
    for (const member of members) await member[Symbol.asyncDispose]();
    await folder.remove();
  };
  const root = gateway('');
  await eventually(() => root.call('/auth/user/add', { name: 'root', password: 'secret' }, 5_000), patiently);
  await root.call('/auth/role/add', { name: 'root' }, 5_000);
  await root.call('/auth/user/grant', { user: 'root', role: 'root' }, 5_000);
  await root.call('/auth/enable', {}, 5_000);
});

afterAll(() => stop());

function url(user: string, from = ports): string {
  return `etcds://${user}${from.map((port) => `127.0.0.1:${port}`).join(',')}`;
}

function gateway(user: string, security: EtcdTls = tls, from = ports): EtcdGateway {
  return new EtcdGateway({ address: parseEtcdUrl(url(user, from), '/'), tls: security, clock: systemClock });
}

const read = { key: encodeText('a') };

describe('etcd behind TLS', () => {
  it('is not taken for one when its certificate is by a stranger', async () => {
    const refused = gateway('root:secret@', {}).call('/kv/range', read, 1_000);
    await expect(refused).rejects.toMatchObject({ code: 'CLUSTER_ETCD', retryable: true });
    await expect(refused).rejects.toThrow(/cannot be reached/);
  });

  it('refuses a client without a certificate', async () => {
    const refused = gateway('root:secret@', { ca: tls.ca }).call('/kv/range', read, 1_000);
    await expect(refused).rejects.toThrow(/cannot be reached|broke off/);
  });

  it('carries election and registry, with several members of which one does not answer', async () => {
    const [dead] = await freePorts(1);
    const everywhere = url('root:secret@', [dead ?? 0, ...ports]);
    await using cluster = startOnEtcd(everywhere, 2, undefined, tls);
    const nodes = [...cluster.nodes.values()];
    await eventually(() => nodes.filter((node) => node.holdsLeadership()).length === 1, patiently);
    const node = { id: 'p1', service: 'player-service', host: '127.0.0.1', port: 8_001 } as const;
    const result = await nodes[0]?.registry.register({
      ...node,
      state: 'ready',
      ttlMs: 60_000,
      metadata: {},
    });
    expect(result?.outcome).toBe('registered');
    await eventually(() => nodes[1]?.registry.get('p1')?.port === 8_001, patiently);
  });
});

describe('a login', () => {
  it('is renewed when its time is over, and when users have changed', async () => {
    const user = gateway('root:secret@');
    await user.call('/kv/range', read, 5_000);
    await systemClock.sleep((loginSeconds + 1.5) * 1_000);
    await expect(user.call('/kv/range', read, 5_000)).resolves.toBeDefined();
    await gateway('root:secret@').call('/auth/user/add', { name: 'other', password: 'x' }, 5_000);
    await expect(user.call('/kv/range', read, 5_000)).resolves.toBeDefined();
  });

  it('with a wrong password is refused, not tried again', async () => {
    const refused = gateway('root:wrong@').call('/kv/range', read, 5_000);
    await expect(refused).rejects.toMatchObject({ retryable: false });
  });
});
