import { crc32 } from 'node:zlib';
import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { WireError } from '../../wire/wire-error.ts';
import type { Entry, HardState, Snapshot } from '../raft-types.ts';

/** Before every record: length of the payload and its CRC-32, four bytes each. */
export const recordHeaderBytes = 8;
/** A longer record is neither written nor read. */
export const maxRecordBytes = 256 * 1024 * 1024;

const maxIdBytes = 256;
const entryKinds: readonly Entry['kind'][] = ['noop', 'command', 'bind'];

/** Frames a payload so that a torn write is told from a whole one. */
export function sealRecord(payload: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(recordHeaderBytes + payload.length);
  record.writeUInt32BE(payload.length, 0);
  record.writeUInt32BE(crc32(payload), 4);
  record.set(payload, recordHeaderBytes);
  return record;
}

/** The payload of the record at `offset`, or null when there is no whole and sound one. */
export function openRecord(bytes: Buffer, offset: number): Buffer | null {
  if (offset + recordHeaderBytes > bytes.length) return null;
  const start = offset + recordHeaderBytes;
  const end = start + bytes.readUInt32BE(offset);
  // A crash may leave zeros, which would pass for an empty record.
  if (end === start || end > bytes.length || end - start > maxRecordBytes) return null;
  const payload = bytes.subarray(start, end);
  return crc32(payload) === bytes.readUInt32BE(offset + 4) ? payload : null;
}

/** Whose disk this is. First record of the log file. */
export interface Identity {
  readonly nodeId: string;
  readonly storageId: string;
}

export function encodeIdentity({ nodeId, storageId }: Identity): Uint8Array {
  return new ByteWriter().string('hanok raft log 1').string(nodeId).string(storageId).finish();
}

/** @throws WireError when it is none. */
export function decodeIdentity(payload: Uint8Array): Identity {
  const reader = new ByteReader(payload);
  reader.string(maxIdBytes);
  const identity = { nodeId: reader.string(maxIdBytes), storageId: reader.string(maxIdBytes) };
  reader.finish();
  return identity;
}

/** One write: the hard state, and the entries that come with it. */
export interface LogRecord {
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
}

export function encodeLogRecord({ hardState, entries }: LogRecord): Uint8Array {
  const writer = new ByteWriter(maxRecordBytes);
  writer
    .varint(hardState.term)
    .string(hardState.vote ?? '')
    .varint(hardState.commit);
  writeEntries(writer, entries);
  return writer.finish();
}

/** @throws WireError when it is none. */
export function decodeLogRecord(payload: Uint8Array): LogRecord {
  const reader = new ByteReader(payload);
  const term = reader.varint();
  const vote = reader.string(maxIdBytes);
  const commit = reader.varint();
  const entries = readEntries(reader, maxRecordBytes);
  reader.finish();
  return { hardState: { term, vote: vote === '' ? null : vote, commit }, entries };
}

export function writeEntries(writer: ByteWriter, entries: readonly Entry[]): void {
  writer.varint(entries.length);
  for (const { index, term, kind, data } of entries) {
    writer.varint(index).varint(term).byte(entryKinds.indexOf(kind)).string(data);
  }
}

/** @throws WireError */
export function readEntries(reader: ByteReader, maxDataBytes: number): Entry[] {
  const count = reader.varint(reader.remaining);
  const entries: Entry[] = [];
  for (let position = 0; position < count; position += 1) {
    const index = reader.varint();
    const term = reader.varint();
    const kind = entryKinds[reader.byte()];
    if (kind === undefined) throw new WireError('malformed', 'unknown kind of entry');
    entries.push({ index, term, kind, data: reader.string(maxDataBytes) });
  }
  return entries;
}

export function writeSnapshot(writer: ByteWriter, { index, term, storages, data }: Snapshot): void {
  const bindings = Object.entries(storages);
  writer.varint(index).varint(term).varint(bindings.length);
  for (const [id, storageId] of bindings) writer.string(id).string(storageId);
  writer.string(data);
}

/** @throws WireError */
export function readSnapshot(reader: ByteReader): Snapshot {
  const index = reader.varint();
  const term = reader.varint();
  const count = reader.varint(64);
  const storages: Record<string, string> = {};
  for (let position = 0; position < count; position += 1) {
    const id = reader.string(maxIdBytes);
    storages[id] = reader.string(maxIdBytes);
  }
  return { index, term, storages, data: reader.string(maxRecordBytes) };
}
