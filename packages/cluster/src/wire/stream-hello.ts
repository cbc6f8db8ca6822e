import { randomBytes } from 'node:crypto';
import { keyIdBytes, type ClusterKey, type KeyRing } from './key-ring.ts';
import { WireError } from './wire-error.ts';

/** What a stream is for: both sides share one port. */
export type StreamChannel = 'gossip' | 'raft';

const channelCodes: Readonly<Record<StreamChannel, number>> = { gossip: 1, raft: 2 };
const magic = Buffer.from('HK');
const version = 1;
const randomStart = 12;
const randomBytesCount = 32;

/** Each side's first bytes: magic, version, channel, cluster, key, random. */
export const helloBytes = randomStart + randomBytesCount;

/** What a side said in its hello. */
export interface Hello {
  readonly channel: StreamChannel;
  readonly key: ClusterKey;
  readonly random: Buffer;
}

/** The keys of a stream's two directions. */
export interface StreamKeys {
  readonly send: Buffer;
  readonly receive: Buffer;
}

/** A new hello under the key given, with a random of its own. */
export function makeHello(channel: StreamChannel, key: ClusterKey): Hello {
  return { channel, key, random: randomBytes(randomBytesCount) };
}

export function encodeHello(ring: KeyRing, hello: Hello): Buffer {
  const head = Buffer.from([...magic, version, channelCodes[hello.channel]]);
  return Buffer.concat([head, ring.clusterTag, hello.key.id, hello.random]);
}

/** @throws WireError `malformed`, `wrong-cluster` or `wrong-key`. */
export function decodeHello(ring: KeyRing, bytes: Buffer): Hello {
  if (bytes.length !== helloBytes || !bytes.subarray(0, 2).equals(magic) || bytes[2] !== version) {
    throw new WireError('malformed', 'not a hello of this protocol');
  }
  const channel = channels.find((known) => channelCodes[known] === bytes[3]);
  if (channel === undefined) throw new WireError('malformed', 'unknown channel');
  if (!bytes.subarray(4, 8).equals(ring.clusterTag))
    throw new WireError('wrong-cluster', 'hello of another cluster');
  const key = ring.find(bytes.subarray(8, 8 + keyIdBytes));
  if (key === null) throw new WireError('wrong-key', 'hello under an unknown key');
  return { channel, key, random: Buffer.from(bytes.subarray(randomStart)) };
}

const channels: readonly StreamChannel[] = ['gossip', 'raft'];

/** Both sides' randoms make the keys, so that nothing recorded of one stream fits another. */
export function streamKeys(
  ring: KeyRing,
  client: Hello,
  server: Hello,
  side: 'client' | 'server',
): StreamKeys {
  const salt = Buffer.concat([client.random, server.random]);
  const fromClient = ring.derive(client.key, salt, `stream ${client.channel} from client`);
  const fromServer = ring.derive(client.key, salt, `stream ${client.channel} from server`);
  return side === 'client'
    ? { send: fromClient, receive: fromServer }
    : { send: fromServer, receive: fromClient };
}
