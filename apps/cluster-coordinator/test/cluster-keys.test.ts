import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually, freePorts, startProcess, temporaryFolder } from '@hanok/testkit';
import { describe, expect, test } from 'vitest';
import { CoordinatorGroup, CoordinatorProcess, mainScript } from './support/coordinators.ts';

const patiently = { timeoutMs: 60_000 };
const newKey = () => randomBytes(32).toString('base64');

describe('the key of a running cluster', () => {
  test('is changed one coordinator at a time, and every write goes through', async () => {
    const [oldKey, key] = [newKey(), newKey()];
    await using group = await CoordinatorGroup.start(3, { CLUSTER_KEY: oldKey });
    const refused: unknown[] = [];
    let writes = 0;
    const over = new AbortController();
    // A client turns to another coordinator while one restarts, as the discovery client does.
    const write = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const [open] = group.all.filter(({ isRunning }) => isRunning);
        const answer = await open?.register(`key-${writes}`).catch(() => null);
        if (answer === null || answer === undefined) continue;
        writes += 1;
        if (answer.status !== 201 && answer.status !== 200) refused.push(answer.body);
      }
    };
    const writing = write();
    for (const keys of [`${oldKey},${key}`, `${key},${oldKey}`, key]) {
      for (const each of group.all) {
        each.configure({ CLUSTER_KEY: keys });
        each.child.kill('SIGTERM');
        expect(await each.child.exited).toMatchObject({ code: 0 });
        await each.start();
      }
    }
    over.abort();
    await writing;
    expect(refused).toEqual([]);
    expect(writes).toBeGreaterThan(20);

    // The old key opens nothing any more.
    const [first, ...others] = group.all;
    if (first === undefined) throw new Error('three were started');
    first.configure({ CLUSTER_KEY: oldKey });
    await first.kill();
    await first.start('alive');
    await eventually(async () => {
      for (const other of others) {
        expect((await droppedBy(other)).get('wrong-key')).toBeGreaterThan(0);
        const { nodes } = await other.get<{ nodes: { id: string; alive: boolean }[] }>('/v1/status');
        expect(nodes.find(({ id }) => id === first.id)?.alive).toBe(false);
      }
    }, patiently);
    expect(await first.leader()).toMatchObject({ isSelf: false, stale: true });
  }, 180_000);

  test('is needed on any address but loopback', async () => {
    await using folder = temporaryFolder();
    const [port, clusterPort] = await freePorts(2);
    const env = {
      PORT: String(port),
      CLUSTER_PORT: String(clusterPort),
      CLUSTER_HOST: '0.0.0.0',
      DATA_DIR: folder.path,
    };
    await using child = await startProcess({ args: [mainScript], env });
    expect(await child.exited).toEqual({ code: 78, signal: null });
    expect(child.output().trim()).toBe(
      'cluster-coordinator: invalid configuration: CLUSTER_HOST 0.0.0.0 is not loopback, so CLUSTER_KEY is required',
    );
  });
});

/** How many frames were not taken, by reason. */
async function droppedBy({ url }: CoordinatorProcess): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(/^hanok_coordinator_dropped_frames\{reason="([^"]+)"\} (\d+)/gm);
  return new Map([...lines].map(([, reason = '', count]) => [reason, Number(count)]));
}

/** A datagram's head as the protocol has it: magic, version, cluster, key, sender and counter. */
function datagram(clusterName: string, keyId: Buffer, bodyBytes: number): Buffer {
  const tag = createHash('sha256').update(`hanok cluster ${clusterName}`).digest().subarray(0, 4);
  return Buffer.concat([Buffer.from([0x48, 1]), tag, keyId, randomBytes(18), randomBytes(bodyBytes)]);
}

async function openUdp(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

test('what does not belong on the cluster port is dropped, counted by its reason, and harms nobody', async () => {
  await using folder = temporaryFolder();
  const [port, own = 0, other = 0, third = 0] = await freePorts(4);
  const key = randomBytes(32);
  const voters = [own, other, third].map((each, index) => `coordinator-${index + 1}@127.0.0.1:${each}`);
  await using victim = new CoordinatorProcess('coordinator-1', `http://127.0.0.1:${port}`, {
    NODE_ID: 'coordinator-1',
    PORT: String(port),
    CLUSTER_PORT: String(own),
    CLUSTER_VOTERS: voters.join(','),
    CLUSTER_KEY: key.toString('base64'),
    DATA_DIR: folder.path,
  });
  const stranger = await openUdp();
  const send = (bytes: Buffer) => stranger.send(bytes, own, '127.0.0.1');
  await victim.start('alive');
  const keyId = createHash('sha256').update('hanok key id').update(key).digest().subarray(0, 4);
  const hostile: readonly [string, () => void][] = [
    ['malformed', () => send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))],
    ['truncated', () => send(datagram('hanok', keyId, 3))],
    ['oversized', () => send(datagram('hanok', keyId, 1_500))],
    ['wrong-cluster', () => send(datagram('other', keyId, 100))],
    ['wrong-key', () => send(datagram('hanok', randomBytes(4), 100))],
    ['forged', () => send(datagram('hanok', keyId, 100))],
  ];
  for (const [reason, attack] of hostile) {
    const before = (await droppedBy(victim)).get(reason) ?? 0;
    attack();
    await eventually(async () => expect((await droppedBy(victim)).get(reason)).toBeGreaterThan(before));
  }
  const before = (await droppedBy(victim)).get('malformed') ?? 0;
  const caller = connect({ host: '127.0.0.1', port: own });
  caller.on('error', () => undefined).end(randomBytes(200));
  await eventually(async () => expect((await droppedBy(victim)).get('malformed')).toBeGreaterThan(before));
  expect((await fetch(`${victim.url}/healthz`)).status).toBe(200);
  stranger.close();
});
