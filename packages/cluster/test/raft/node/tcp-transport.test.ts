import { silentLogger } from '@hanok/service-kit';
import { eventually, freePorts } from '@hanok/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import type { ClusterMessage } from '../../../src/raft/node/cluster-message.ts';
import { raftMaxFrameBytes, TcpTransport } from '../../../src/raft/node/tcp-transport.ts';
import type { VoterAddress } from '../../../src/raft/raft-types.ts';
import { DropCounts } from '../../../src/wire/drop-counts.ts';
import { KeyRing } from '../../../src/wire/key-ring.ts';
import { StreamListener } from '../../../src/wire/stream-listener.ts';

const hello: ClusterMessage = { kind: 'request', id: 1, topic: 'hello', payload: '' };

interface Station {
  readonly address: VoterAddress;
  readonly transport: TcpTransport;
  readonly drops: DropCounts;
  /** Who has sent something. */
  readonly heard: string[];
  readonly close: () => Promise<void>;
}

const open: Station[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

async function station(
  id: string,
  peers: readonly VoterAddress[],
  advertisedHost = '127.0.0.1',
): Promise<Station> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('one was asked for');
  const ring = new KeyRing('test', []);
  const drops = new DropCounts();
  const listener = new StreamListener({
    host: '127.0.0.1',
    port,
    ring,
    drops,
    maxFrameBytes: raftMaxFrameBytes,
  });
  await listener.listen();
  const advertise = { host: advertisedHost, port };
  const transport = new TcpTransport({ id, advertise, peers, listener, ring, drops, logger: silentLogger });
  const heard: string[] = [];
  transport.start(
    (from) => heard.push(from),
    () => undefined,
  );
  const close = async (): Promise<void> => {
    transport.close();
    await listener.close();
  };
  const made = { address: { id, host: '127.0.0.1', port }, transport, drops, heard, close };
  open.push(made);
  return made;
}

/** Sends until it arrives: a connection takes its time. */
async function reaches(from: Station, to: Station): Promise<void> {
  await eventually(() => {
    from.transport.send(to.address.id, hello);
    expect(to.heard).toContain(from.address.id);
  });
}

describe('TcpTransport', () => {
  test.each(['127.0.0.1', ''])(
    'answers one that is not known yet, which says it listens on "%s"',
    async (host) => {
      const learner = await station('learner', []);
      const leader = await station('leader', [learner.address], host);
      await reaches(leader, learner);
      await reaches(learner, leader);
      expect(leader.heard).toContain('learner');
    },
  );

  test('a stranger that went away is forgotten, and one that became a peer is kept', async () => {
    const learner = await station('learner', []);
    const stranger = await station('stranger', [learner.address]);
    const leader = await station('leader', [learner.address]);
    await reaches(stranger, learner);
    await reaches(leader, learner);
    await eventually(() => expect(learner.transport.isConnected('stranger')).toBe(true));
    learner.transport.setPeers([leader.address]);
    stranger.transport.setPeers([]);
    await eventually(() => {
      expect(learner.transport.send('stranger', hello)).toBe(false);
      expect(learner.transport.isConnected('leader')).toBe(true);
    });
  });

  test('follows a peer to its new address', async () => {
    const one = await station('one', []);
    const old = await station('two', []);
    one.transport.setPeers([old.address]);
    await reaches(one, old);
    const moved = await station('two', []);
    one.transport.setPeers([moved.address]);
    await reaches(one, moved);
    expect(moved.heard).toContain('one');
  });

  test('finds a peer where the settings say, when it is not where the group has it', async () => {
    const two = await station('two', []);
    const one = await station('one', [two.address]);
    const [nobodyListens] = await freePorts(1);
    if (nobodyListens === undefined) throw new Error('one was asked for');
    one.transport.setPeers([{ ...two.address, port: nobodyListens }]);
    two.heard.length = 0;
    await reaches(one, two);
    expect(two.heard).toContain('one');
  });

  test('another that goes by the same id is dropped, and so is one that takes it for somebody else', async () => {
    const one = await station('one', []);
    const twin = await station('one', [{ ...one.address, id: 'one' }]);
    const lost = await station('lost', [{ ...one.address, id: 'somebody' }]);
    await eventually(() => {
      twin.transport.send('one', hello);
      lost.transport.send('somebody', hello);
      expect(one.drops.get('malformed')).toBeGreaterThanOrEqual(2);
    });
    expect(one.heard).toEqual([]);
  });
});
