import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { WireError } from '../../wire/wire-error.ts';
import type { NodeId, RaftMessage } from '../raft-types.ts';
import { readEntries, readSnapshot, writeEntries, writeSnapshot } from '../storage/record-codec.ts';

/**
 * What coordinators send each other over a stream. `hello` comes first on each, and once; `host` and `port` say where its
 * sender listens, so that one who is not known yet can be answered. An empty host: where the stream comes from.
 */
export type ClusterMessage =
  | {
      readonly kind: 'hello';
      readonly from: NodeId;
      readonly to: NodeId;
      readonly host: string;
      readonly port: number;
    }
  | { readonly kind: 'raft'; readonly message: RaftMessage }
  | { readonly kind: 'request'; readonly id: number; readonly topic: string; readonly payload: string }
  | { readonly kind: 'response'; readonly id: number; readonly ok: boolean; readonly payload: string };

/** A longer message is neither sent nor taken; the largest is a snapshot of a full registry. */
export const maxMessageBytes = 96 * 1024 * 1024;
const maxIdBytes = 256;

const kinds: readonly ClusterMessage['kind'][] = ['hello', 'raft', 'request', 'response'];
const types: readonly RaftMessage['type'][] = [
  'voteRequest',
  'voteResponse',
  'append',
  'appendResponse',
  'heartbeat',
  'heartbeatResponse',
  'snapshot',
  'timeoutNow',
];

export function encodeClusterMessage(message: ClusterMessage): Uint8Array {
  const writer = new ByteWriter(maxMessageBytes);
  writer.byte(kinds.indexOf(message.kind));
  switch (message.kind) {
    case 'hello':
      writer.string(message.from).string(message.to).string(message.host).varint(message.port);
      break;
    case 'raft':
      writeRaft(writer, message.message);
      break;
    case 'request':
      writer.varint(message.id).string(message.topic).string(message.payload);
      break;
    case 'response':
      writer.varint(message.id).boolean(message.ok).string(message.payload);
      break;
  }
  return writer.finish();
}

/** @throws WireError naming what is wrong. */
export function decodeClusterMessage(bytes: Uint8Array): ClusterMessage {
  const reader = new ByteReader(bytes);
  const message = readMessage(reader);
  reader.finish();
  return message;
}

function readMessage(reader: ByteReader): ClusterMessage {
  const kind = kinds[reader.byte()];
  if (kind === undefined) throw new WireError('malformed', 'unknown kind of message');
  switch (kind) {
    case 'hello':
      return {
        kind,
        from: reader.string(maxIdBytes),
        to: reader.string(maxIdBytes),
        host: reader.string(maxIdBytes),
        port: reader.varint(65_535),
      };
    case 'raft':
      return { kind, message: readRaft(reader) };
    case 'request':
      return {
        kind,
        id: reader.varint(),
        topic: reader.string(maxIdBytes),
        payload: reader.string(maxMessageBytes),
      };
    default:
      return { kind, id: reader.varint(), ok: reader.boolean(), payload: reader.string(maxMessageBytes) };
  }
}

/** Clock readings travel in microseconds; -Infinity, "no promise", as 0. */
function timeToWire(timeMs: number): number {
  return Number.isFinite(timeMs) ? Math.max(0, Math.floor(timeMs * 1000)) + 1 : 0;
}

function timeFromWire(value: number): number {
  return value === 0 ? Number.NEGATIVE_INFINITY : (value - 1) / 1000;
}

function writeRaft(writer: ByteWriter, message: RaftMessage): void {
  writer
    .byte(types.indexOf(message.type))
    .string(message.from)
    .varint(message.term)
    .string(message.storageId);
  switch (message.type) {
    case 'voteRequest':
      writer.boolean(message.pre).boolean(message.forced).varint(message.lastIndex).varint(message.lastTerm);
      break;
    case 'voteResponse':
      writer.boolean(message.pre).boolean(message.granted);
      break;
    case 'append':
      writer.varint(message.prevIndex).varint(message.prevTerm).varint(message.commit);
      writer.varint(timeToWire(message.sentAt));
      writeEntries(writer, message.entries);
      break;
    case 'appendResponse':
      writer.boolean(message.ok).varint(message.index).varint(message.hintIndex).varint(message.hintTerm);
      writer.varint(timeToWire(message.sentAt));
      break;
    case 'heartbeat':
      writer.varint(message.commit).varint(message.commitTerm).varint(timeToWire(message.sentAt));
      break;
    case 'heartbeatResponse':
      writer.varint(timeToWire(message.sentAt));
      break;
    case 'snapshot':
      writer.varint(timeToWire(message.sentAt));
      writeSnapshot(writer, message.snapshot);
      break;
    case 'timeoutNow':
      break;
  }
}

function readRaft(reader: ByteReader): RaftMessage {
  const type = types[reader.byte()];
  const base = {
    from: reader.string(maxIdBytes),
    term: reader.varint(),
    storageId: reader.string(maxIdBytes),
  };
  if (type === undefined) throw new WireError('malformed', 'unknown type of Raft message');
  switch (type) {
    case 'voteRequest': {
      const flags = { pre: reader.boolean(), forced: reader.boolean() };
      return { type, ...base, ...flags, lastIndex: reader.varint(), lastTerm: reader.varint() };
    }
    case 'voteResponse':
      return { type, ...base, pre: reader.boolean(), granted: reader.boolean() };
    case 'append': {
      const at = { prevIndex: reader.varint(), prevTerm: reader.varint(), commit: reader.varint() };
      const sentAt = timeFromWire(reader.varint());
      const entries = readEntries(reader, maxMessageBytes);
      // The core relies on it, and a peer's word is no proof.
      if (entries.some((entry, offset) => entry.index !== at.prevIndex + 1 + offset)) {
        throw new WireError('malformed', 'entries must follow each other');
      }
      return { type, ...base, ...at, sentAt, entries };
    }
    case 'appendResponse': {
      const answer = { ok: reader.boolean(), index: reader.varint() };
      const hint = { hintIndex: reader.varint(), hintTerm: reader.varint() };
      return { type, ...base, ...answer, ...hint, sentAt: timeFromWire(reader.varint()) };
    }
    case 'heartbeat': {
      const known = { commit: reader.varint(), commitTerm: reader.varint() };
      return { type, ...base, ...known, sentAt: timeFromWire(reader.varint()) };
    }
    case 'heartbeatResponse':
      return { type, ...base, sentAt: timeFromWire(reader.varint()) };
    case 'snapshot': {
      const sentAt = timeFromWire(reader.varint());
      return { type, ...base, sentAt, snapshot: readSnapshot(reader) };
    }
    default:
      return { type, ...base };
  }
}
