import { crc32 } from 'node:zlib';
import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { WireError } from '../../wire/wire-error.ts';
import { decodeConfiguration, encodeConfiguration } from '../configuration.ts';
import type { Configuration, Entry, HardState, Snapshot } from '../raft-types.ts';

/** Before every record: length of the payload and its CRC-32, four bytes each. */
export const recordHeaderBytes = 8;
/** A longer record is neither written nor read. */
export const maxRecordBytes = 256 * 1024 * 1024;

const maxIdBytes = 256;
const entryKinds: readonly Entry['kind'][] = ['noop', 'command', 'config'];

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

const format = 'hanok raft log 2';

export function encodeIdentity({ nodeId, storageId }: Identity): Uint8Array {
  return new ByteWriter().string(format).string(nodeId).string(storageId).finish();
}

/** @throws WireError when it is none. */
export function decodeIdentity(payload: Uint8Array): Identity {
  const reader = new ByteReader(payload);
  const found = reader.string(maxIdBytes);
  if (found !== format) throw new WireError('malformed', `not of the format "${format}" but "${found}"`);
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
    const data = reader.string(maxDataBytes);
    // The core relies on it.
    if (kind === 'config') checkedConfiguration(data);
    entries.push({ index, term, kind, data });
  }
  return entries;
}

export function writeSnapshot(writer: ByteWriter, { index, term, configuration, data }: Snapshot): void {
  writer.varint(index).varint(term).string(encodeConfiguration(configuration)).string(data);
}

/** @throws WireError */
export function readSnapshot(reader: ByteReader): Snapshot {
  const index = reader.varint();
  const term = reader.varint();
  const configuration = checkedConfiguration(reader.string(maxConfigurationBytes));
  return { index, term, configuration, data: reader.string(maxRecordBytes) };
}

const maxConfigurationBytes = 16_384;

function checkedConfiguration(data: string): Configuration {
  try {
    return decodeConfiguration(data);
  } catch {
    throw new WireError('malformed', 'not a configuration');
  }
}
