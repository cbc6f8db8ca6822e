import { ByteReader } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { WireError } from '../wire/wire-error.ts';
import {
  maxMetadataBytes,
  type Address,
  type Liveness,
  type Member,
  type MemberId,
  type Packet,
  type SwimMessage,
  type Update,
} from './swim-types.ts';

/** Bounds of what is read: one datagram never comes near them, a whole state may. */
const maxIdBytes = 128;
const maxHostBytes = 255;
const maxSeq = 2 ** 32 - 1;
const maxMembers = 100_000;
/** Far above any wall clock, far below where adding one would lose precision. */
const maxIncarnation = 2 ** 52;

const messageTypes: readonly SwimMessage['type'][] = ['ping', 'ack', 'nack', 'ping-request', 'gossip'];
const updateTypes: readonly Update['type'][] = ['alive', 'suspect', 'dead', 'left'];
const livenesses: readonly Liveness[] = ['alive', 'suspect', 'dead', 'left'];

/** The bytes of a message alone; a packet is these and then its updates, up to the end. */
export function encodeMessage(message: SwimMessage): Uint8Array {
  const writer = new ByteWriter().byte(messageTypes.indexOf(message.type));
  if (message.type === 'gossip') return writer.finish();
  writer.varint(message.seq);
  if (message.type === 'ping' || message.type === 'ping-request')
    writer.string(message.target).string(message.from);
  if (message.type === 'ping-request') writeAddress(writer, message.address);
  return writer.finish();
}

/** Each piece of news is told many times; it is encoded once. */
const encodedUpdates = new WeakMap<Update, Uint8Array>();

export function encodeUpdate(update: Update): Uint8Array {
  const known = encodedUpdates.get(update);
  if (known !== undefined) return known;
  const writer = new ByteWriter()
    .byte(updateTypes.indexOf(update.type))
    .string(update.id)
    .varint(update.incarnation);
  if (update.type === 'alive') writeAddress(writer, update.address).bytes(update.metadata);
  else if (update.type !== 'left') writer.string(update.from);
  const encoded = writer.finish();
  encodedUpdates.set(update, encoded);
  return encoded;
}

export function encodePacket(packet: Packet): Uint8Array {
  const writer = new ByteWriter().raw(encodeMessage(packet.message));
  for (const update of packet.updates) writer.raw(encodeUpdate(update));
  return writer.finish();
}

/** @throws WireError */
export function decodePacket(bytes: Uint8Array): Packet {
  const reader = new ByteReader(bytes);
  const message = readMessage(reader);
  const updates: Update[] = [];
  while (reader.remaining > 0) updates.push(readUpdate(reader));
  return { message, updates };
}

/** A whole state, for an exchange over a stream. */
export function encodeMembers(members: readonly Member[]): Uint8Array {
  const writer = new ByteWriter().varint(members.length);
  for (const { id, liveness, incarnation, address, metadata } of members) {
    writer.byte(livenesses.indexOf(liveness)).string(id).varint(incarnation);
    writeAddress(writer, address).bytes(metadata);
  }
  return writer.finish();
}

/** @throws WireError */
export function decodeMembers(bytes: Uint8Array): Member[] {
  const reader = new ByteReader(bytes);
  const count = reader.varint(maxMembers);
  const members: Member[] = [];
  for (let index = 0; index < count; index += 1) {
    const liveness = readOneOf(reader, livenesses);
    const id = readId(reader);
    const incarnation = reader.varint(maxIncarnation);
    members.push({ id, liveness, incarnation, address: readAddress(reader), metadata: readMetadata(reader) });
  }
  reader.finish();
  return members;
}

function readMessage(reader: ByteReader): SwimMessage {
  const type = readOneOf(reader, messageTypes);
  if (type === 'gossip') return { type };
  const seq = reader.varint(maxSeq);
  if (type === 'ack' || type === 'nack') return { type, seq };
  const target = readId(reader);
  const from = readId(reader);
  return type === 'ping'
    ? { type, seq, target, from }
    : { type, seq, target, from, address: readAddress(reader) };
}

function readUpdate(reader: ByteReader): Update {
  const type = readOneOf(reader, updateTypes);
  const id = readId(reader);
  const incarnation = reader.varint(maxIncarnation);
  if (type === 'alive') {
    return { type, id, incarnation, address: readAddress(reader), metadata: readMetadata(reader) };
  }
  return type === 'left' ? { type, id, incarnation } : { type, id, incarnation, from: readId(reader) };
}

function readOneOf<T>(reader: ByteReader, values: readonly T[]): T {
  const value = values[reader.byte()];
  if (value === undefined) throw new WireError('malformed', 'unknown kind');
  return value;
}

function readId(reader: ByteReader): MemberId {
  const id = reader.string(maxIdBytes);
  if (id === '') throw new WireError('malformed', 'an id must not be empty');
  return id;
}

function writeAddress(writer: ByteWriter, address: Address): ByteWriter {
  return writer.string(address.host).varint(address.port);
}

function readAddress(reader: ByteReader): Address {
  const host = reader.string(maxHostBytes);
  const port = reader.varint(65_535);
  if (host === '' || port === 0) throw new WireError('malformed', 'an address must have a host and a port');
  return { host, port };
}

/** A copy: the member outlives the datagram's buffer. */
function readMetadata(reader: ByteReader): Uint8Array {
  return new Uint8Array(reader.bytes(maxMetadataBytes));
}
