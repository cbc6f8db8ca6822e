import { randomUUID } from 'node:crypto';
import { silentLogger, systemClock, systemRng } from '@hanok/service-kit';
import { eventually, startEtcd, type TestServer } from '@hanok/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EtcdGateway } from '../../src/etcd/etcd-gateway.ts';
import { encodeText, revisionOf } from '../../src/etcd/etcd-json.ts';
import { EtcdMirror } from '../../src/etcd/etcd-mirror.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import { startRelay, type Relay } from './relay.ts';

let etcd: TestServer;
let relay: Relay;
let direct: EtcdGateway;
let mirror: EtcdMirror;
let prefix: string;
let copy: Map<string, string>;
let resets: number;
let revisions: number[];

beforeAll(async () => {
  etcd = await startEtcd({ dedicated: true });
}, 60_000);
afterAll(() => etcd.stop());

beforeEach(async () => {
  relay = await startRelay(etcd.port);
  prefix = `/mirror/${randomUUID()}/`;
  copy = new Map();
  resets = 0;
  revisions = [];
  direct = new EtcdGateway({ address: parseEtcdUrl(etcd.url, prefix), clock: systemClock });
});
afterEach(async () => {
  await mirror.stop();
  await relay[Symbol.asyncDispose]();
});

function start(): void {
  const address = parseEtcdUrl(`etcd://127.0.0.1:${relay.port}`, prefix);
  mirror = new EtcdMirror({
    gateway: new EtcdGateway({ address, clock: systemClock }),
    prefix,
    clock: systemClock,
    rng: systemRng,
    logger: silentLogger,
    onReset: (keys) => {
      resets += 1;
      copy = new Map(keys.map(({ key, value }) => [key.slice(prefix.length), value]));
    },
    onChange: (events, revision) => {
      revisions.push(revision);
      for (const { type, now } of events) {
        if (type === 'put') copy.set(now.key.slice(prefix.length), now.value);
        else copy.delete(now.key.slice(prefix.length));
      }
    },
  });
  mirror.start();
}

const put = async (key: string, value: string) =>
  revisionOf(
    await direct.call('/kv/put', { key: encodeText(prefix + key), value: encodeText(value) }, 5_000),
  );
const shows = (expected: Record<string, string>) =>
  eventually(() => expect(Object.fromEntries(copy)).toEqual(expected));

describe('EtcdMirror', { timeout: 60_000 }, () => {
  it('reads what is there, in pages, and then follows', async () => {
    const expected = Object.fromEntries(Array.from({ length: 1_300 }, (_, index) => [`k${index}`, 'v']));
    const keys = Object.keys(expected);
    for (let index = 0; index < keys.length; index += 100) {
      const success = keys
        .slice(index, index + 100)
        .map((key) => ({ request_put: { key: encodeText(prefix + key), value: encodeText('v') } }));
      await direct.call('/kv/txn', { success }, 5_000);
    }
    start();
    await shows(expected);
    await put('k0', 'new');
    await direct.call('/kv/deleterange', { key: encodeText(`${prefix}k1`) }, 5_000);
    delete expected['k1'];
    await shows({ ...expected, k0: 'new' });
    expect(resets).toBe(1);
    expect(mirror.isCurrent).toBe(true);
  });

  it('goes on where it was after a cut, and tells nothing twice', async () => {
    start();
    await eventually(() => expect(resets).toBe(1));
    await put('a', '1');
    await shows({ a: '1' });
    relay.cut();
    await put('a', '2');
    await put('b', '1');
    relay.heal();
    await shows({ a: '2', b: '1' });
    expect(resets).toBe(1);
    expect(revisions).toHaveLength(3);
    expect(new Set(revisions).size).toBe(3);
  });

  it('reads everything anew when what it missed was compacted', async () => {
    start();
    await put('a', '1');
    await put('b', '1');
    await shows({ a: '1', b: '1' });
    relay.cut();
    await direct.call('/kv/deleterange', { key: encodeText(`${prefix}a`) }, 5_000);
    const revision = await put('b', '2');
    await direct.call('/kv/compaction', { revision: String(revision), physical: true }, 5_000);
    relay.heal();
    await shows({ b: '2' });
    expect(resets).toBe(2);
    await put('c', '3');
    await shows({ b: '2', c: '3' });
  });
});
