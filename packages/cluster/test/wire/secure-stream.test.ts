import { connect, createServer, type Server, type Socket } from 'node:net';
import { eventually, seededRng } from '@hanok/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dialStream, type DialOptions } from '../../src/wire/dial-stream.ts';
import { DropCounts } from '../../src/wire/drop-counts.ts';
import { frameHeaderBytes } from '../../src/wire/frame-cipher.ts';
import { KeyRing } from '../../src/wire/key-ring.ts';
import type { SecureStream } from '../../src/wire/secure-stream.ts';
import { helloBytes } from '../../src/wire/stream-hello.ts';
import { StreamListener, type StreamListenerOptions } from '../../src/wire/stream-listener.ts';

vi.setConfig({ testTimeout: 30_000 });

const keyOf = (fill: number) => Buffer.alloc(32, fill);
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface Peer {
  readonly port: number;
  readonly ring: KeyRing;
  readonly drops: DropCounts;
  readonly frames: Buffer[];
  readonly streams: SecureStream[];
  readonly closes: (Error | null)[];
}

/** A member that keeps what it gets on the raft channel, and sends it back. */
async function startPeer(more: Partial<StreamListenerOptions> = {}): Promise<Peer> {
  const ring = more.ring ?? new KeyRing('game', [keyOf(1)]);
  const drops = new DropCounts();
  const listener = new StreamListener({ host: '127.0.0.1', port: 0, drops, ...more, ring });
  const peer: Omit<Peer, 'port'> = { ring, drops, frames: [], streams: [], closes: [] };
  listener.handle('raft', (stream) => {
    peer.streams.push(stream);
    return {
      onFrame: (frame) => {
        peer.frames.push(frame);
        stream.send(frame);
      },
      onClose: (error) => peer.closes.push(error),
    };
  });
  const port = await listener.listen();
  cleanUps.push(() => listener.close());
  return { ...peer, port };
}

async function dial(port: number, more: Partial<DialOptions> = {}) {
  const frames: Buffer[] = [];
  const closes: (Error | null)[] = [];
  const ring = more.ring ?? new KeyRing('game', [keyOf(1)]);
  const options = {
    host: '127.0.0.1',
    port,
    channel: 'raft' as const,
    drops: new DropCounts(),
    ...more,
    ring,
  };
  const stream = await dialStream(options, {
    onFrame: (frame) => frames.push(frame),
    onClose: (error) => closes.push(error),
  });
  cleanUps.push(() => stream.destroy());
  return { stream, frames, closes };
}

/** Stands between two members and does as it is told with the bytes of the dialler. */
async function startRelay(port: number, pass: (chunk: Buffer, server: Socket) => void): Promise<number> {
  const relay: Server = createServer((client) => {
    const server = connect({ host: '127.0.0.1', port });
    client.on('data', (chunk: Buffer) => pass(chunk, server));
    server.pipe(client);
    client.on('error', () => undefined).on('close', () => server.destroy());
    server.on('error', () => undefined).on('close', () => client.destroy());
  });
  await new Promise<void>((done) => relay.listen(0, '127.0.0.1', done));
  cleanUps.push(() => new Promise((done) => relay.close(done)));
  const address = relay.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('SecureStream', () => {
  it('carries messages both ways, whole and in order', async () => {
    const peer = await startPeer();
    const { stream, frames } = await dial(peer.port);
    const sent = [1, 100, 65_536, 3_000_000, 2].map((size, index) => Buffer.alloc(size, index + 1));
    for (const message of sent) expect(stream.send(message)).toBe(true);
    await eventually(() => frames.length === sent.length);
    expect(frames.every((frame, index) => frame.equals(sent[index] ?? Buffer.alloc(0)))).toBe(true);
    expect(peer.frames.length).toBe(sent.length);
    expect(peer.streams[0]?.channel).toBe('raft');
  });

  it('puts messages together however the network cuts them', async () => {
    const peer = await startPeer();
    const relay = await startRelay(peer.port, (chunk, server) => {
      for (const byte of chunk) server.write(Buffer.of(byte));
    });
    const { stream, frames } = await dial(relay);
    stream.send(Buffer.from('one'));
    stream.send(Buffer.from('two'));
    await eventually(() => expect(frames.map(String)).toEqual(['one', 'two']));
  });

  it('gives no memory to who has not shown the key, however well it begins', async () => {
    const peer = await startPeer();
    let recorded = Buffer.alloc(0);
    const relay = await startRelay(peer.port, (chunk, server) => {
      recorded = Buffer.concat([recorded, chunk]);
      server.write(chunk);
    });
    const honest = await dial(relay);
    honest.stream.destroy();
    const stranger = connect({ host: '127.0.0.1', port: peer.port });
    stranger.on('error', () => undefined).resume();
    cleanUps.push(() => stranger.destroy());
    const header = Buffer.alloc(frameHeaderBytes);
    header.writeUInt32BE(1_000_000);
    stranger.write(Buffer.concat([recorded.subarray(0, helloBytes), header]));
    await eventually(() => expect(peer.drops.get('oversized')).toBe(1));
    await eventually(() => stranger.closed);
  });

  it('hides what it carries', async () => {
    const peer = await startPeer();
    const heard: Buffer[] = [];
    const relay = await startRelay(peer.port, (chunk, server) => {
      heard.push(chunk);
      server.write(chunk);
    });
    const { stream, frames } = await dial(relay);
    stream.send(Buffer.from('the secret'));
    await eventually(() => frames.length === 1);
    expect(Buffer.concat(heard).includes('the secret')).toBe(false);
  });

  it('ends in order', async () => {
    const peer = await startPeer();
    const { stream, closes } = await dial(peer.port);
    stream.send(Buffer.from('last words'));
    stream.end();
    await eventually(() => expect(peer.closes).toEqual([null]));
    await eventually(() => expect(closes).toEqual([null]));
    expect(peer.frames.map(String)).toEqual(['last words']);
    expect(stream.send(Buffer.from('too late'))).toBe(false);
    expect(peer.drops.total).toBe(0);
  });

  it.each([
    ['another cluster', new KeyRing('other', [keyOf(1)]), 'wrong-cluster'],
    ['another key', new KeyRing('game', [keyOf(2)]), 'wrong-key'],
    ['no key', new KeyRing('game', []), 'wrong-key'],
  ] as const)('refuses a peer of %s', async (_, ring, reason) => {
    const peer = await startPeer();
    await expect(dial(peer.port, { ring })).rejects.toMatchObject({ code: 'CLUSTER_DIAL', retryable: true });
    expect(peer.drops.get(reason)).toBe(1);
    expect(peer.streams).toEqual([]);
  });

  it('serves a peer whose primary key is another one of the ring', async () => {
    const peer = await startPeer({ ring: new KeyRing('game', [keyOf(2), keyOf(1)]) });
    const { stream, frames } = await dial(peer.port);
    stream.send(Buffer.from('still here'));
    await eventually(() => expect(frames.map(String)).toEqual(['still here']));
  });

  it('closes a stream that nobody handles', async () => {
    const peer = await startPeer();
    const { closes } = await dial(peer.port, { channel: 'gossip' });
    await eventually(() => expect(closes).toHaveLength(1));
  });

  it.each([
    [
      'changed',
      (frame: Buffer) => [Buffer.concat([frame.subarray(0, -1), Buffer.of((frame.at(-1) ?? 0) ^ 1)])],
      'forged',
    ],
    ['repeated', (frame: Buffer) => [frame, frame], 'forged'],
    ['cut short', (frame: Buffer) => [frame.subarray(0, -1)], 'truncated'],
    [
      'given another length',
      (frame: Buffer) => [Buffer.concat([Buffer.of(0x7f), frame.subarray(1)])],
      'oversized',
    ],
  ] as const)('breaks when a frame is %s on its way', async (what, change, reason) => {
    const peer = await startPeer();
    const relay = await startRelay(peer.port, (chunk, server) => {
      // The dialler's hello has 44 bytes, its proof of the key 20.
      const isMessage = chunk.length > 44;
      for (const part of isMessage ? change(chunk) : [chunk]) server.write(part);
      if (isMessage && what === 'cut short') server.end();
    });
    const { stream } = await dial(relay);
    await eventually(() => peer.streams.length === 1);
    stream.send(Buffer.alloc(100, 5));
    await eventually(() => expect(peer.drops.get(reason)).toBe(1));
    await eventually(() => expect(peer.closes[0]).toMatchObject({ code: 'CLUSTER_WIRE', reason }));
  });

  it('cannot be replayed: a recorded stream does not open', async () => {
    const peer = await startPeer();
    const recorded: Buffer[] = [];
    const relay = await startRelay(peer.port, (chunk, server) => {
      recorded.push(chunk);
      server.write(chunk);
    });
    const { stream, frames } = await dial(relay);
    stream.send(Buffer.from('pay once'));
    await eventually(() => frames.length === 1);
    const replay = connect({ host: '127.0.0.1', port: peer.port });
    replay.on('error', () => undefined);
    replay.end(Buffer.concat(recorded));
    await eventually(() => expect(peer.drops.get('forged')).toBe(1));
    expect(peer.frames).toHaveLength(1);
  });

  it('does not wait for ever on a peer that says nothing', async () => {
    const peer = await startPeer({ handshakeTimeoutMs: 100 });
    const silent = connect({ host: '127.0.0.1', port: peer.port });
    await new Promise((done) => silent.on('error', () => undefined).on('close', done));
    expect(peer.drops.get('truncated')).toBe(1);
  });

  it('gives up dialling a host that takes the connection and says nothing', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((done) => mute.listen(0, '127.0.0.1', done));
    cleanUps.push(() => mute.close());
    const address = mute.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(dial(port, { timeoutMs: 100 })).rejects.toThrow(/within 100 ms/);
  });

  it('bounds what it sends, what it takes, and what waits', async () => {
    const peer = await startPeer({ maxFrameBytes: 1_000 });
    const { stream } = await dial(peer.port, { maxWaitingBytes: 5_000 });
    expect(() => stream.send(Buffer.alloc(0))).toThrow(/1 to/);
    expect(() => stream.send(Buffer.alloc(17 * 1024 * 1024))).toThrow(RangeError);
    expect(stream.send(Buffer.alloc(6_000))).toBe(false);
    expect(stream.send(Buffer.alloc(1_021))).toBe(true);
    await eventually(() => expect(peer.drops.get('oversized')).toBe(1));
  });

  it('lives through any noise (seeded)', async () => {
    const peer = await startPeer({ handshakeTimeoutMs: 1_000 });
    const rng = seededRng('stream noise');
    const head = Buffer.concat([Buffer.from([0x48, 0x4b, 1, 2]), peer.ring.clusterTag, peer.ring.primary.id]);
    const runs = 150;
    for (let run = 0; run < runs; run += 1) {
      const noise = Buffer.from(
        Array.from({ length: Math.floor(rng.next() * 300) }, () => Math.floor(rng.next() * 256)),
      );
      const socket = connect({ host: '127.0.0.1', port: peer.port });
      socket.on('error', () => undefined);
      socket.end(Buffer.concat([head.subarray(0, Math.floor(rng.next() * 13)), noise, Buffer.of(run)]));
      socket.resume();
      await new Promise((done) => socket.on('close', done));
    }
    expect(peer.streams).toEqual([]);
    expect(peer.drops.total).toBe(runs);
    const { stream, frames } = await dial(peer.port);
    stream.send(Buffer.from('still well'));
    await eventually(() => expect(frames.map(String)).toEqual(['still well']));
  });
});
