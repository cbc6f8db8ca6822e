import { readFile } from 'node:fs/promises';
import type { Entry, HardState } from '../raft-types.ts';
import { decodeRecord, RaftStorageError } from './raft-storage.ts';
import { decodeIdentity, decodeLogRecord, openRecord, recordHeaderBytes } from './record-codec.ts';
import type { Identity } from './record-codec.ts';

export interface LogFile {
  readonly identity: Identity;
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
  /** Where the sound part ends. */
  readonly soundBytes: number;
  /** What a crash left behind it. */
  readonly tornBytes: number;
}

/**
 * Reads a log file; null when there is none.
 *
 * A bad record at the end is a write that a crash cut short; it was never acknowledged, so leaving it out loses
 * nothing. A bad record with a sound one behind it is damage: going on would forget acknowledged writes.
 *
 * @throws RaftStorageError when it is damaged.
 */
export async function readLogFile(path: string): Promise<LogFile | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (bytes === null) return null;
  const head = openRecord(bytes, 0);
  if (head === null) throw new RaftStorageError(`${path}: is not a log, or its beginning is damaged`);
  const identity = decodeRecord(path, () => decodeIdentity(head));
  let offset = recordHeaderBytes + head.length;
  let hardState: HardState = { term: 0, vote: null, commit: 0 };
  const entries: Entry[] = [];
  while (offset < bytes.length) {
    const payload = openRecord(bytes, offset);
    if (payload === null) {
      if (hasRecordAfter(bytes, offset)) throw new RaftStorageError(`${path}: is damaged at byte ${offset}`);
      break;
    }
    const record = decodeRecord(path, () => decodeLogRecord(payload));
    hardState = record.hardState;
    appendReplacing(entries, record.entries, path);
    offset += recordHeaderBytes + payload.length;
  }
  return { identity, hardState, entries, soundBytes: offset, tornBytes: bytes.length - offset };
}

function hasRecordAfter(bytes: Buffer, offset: number): boolean {
  if (offset + recordHeaderBytes > bytes.length) return false;
  const next = offset + recordHeaderBytes + bytes.readUInt32BE(offset);
  return openRecord(bytes, next) !== null;
}

function appendReplacing(entries: Entry[], added: readonly Entry[], path: string): void {
  const first = entries[0]?.index ?? added[0]?.index ?? 0;
  for (const entry of added) {
    const position = entry.index - first;
    if (position < 0 || position > entries.length) {
      throw new RaftStorageError(
        `${path}: entry ${entry.index} does not follow ${first + entries.length - 1}`,
      );
    }
    entries.length = position;
    entries.push(entry);
  }
}
