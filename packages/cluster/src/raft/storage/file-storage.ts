import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ByteReader } from '../../wire/byte-reader.ts';
import { ByteWriter } from '../../wire/byte-writer.ts';
import { emptyRecovery } from '../raft-types.ts';
import type { Entry, Persist, RecoveredState, Snapshot } from '../raft-types.ts';
import { lockFolder } from './folder-lock.ts';
import { decodeRecord, RaftStorageError } from './raft-storage.ts';
import type { Compaction, RaftStorage } from './raft-storage.ts';
import {
  encodeIdentity,
  encodeLogRecord,
  maxRecordBytes,
  readSnapshot,
  openRecord,
  sealRecord,
  writeSnapshot,
} from './record-codec.ts';
import { readLogFile } from './read-log-file.ts';

const logName = 'raft.log';
const snapshotName = 'raft.snapshot';

/**
 * A voter's disk: an append-only log file, one record with a CRC for each write, and a snapshot file. Whole files are
 * replaced by writing a new one, syncing it and renaming it, so that a crash leaves the old or the new, never a mix.
 * A record torn by a crash at the end of the log was never acknowledged, and is cut off when the log is opened.
 */
export class FileStorage implements RaftStorage {
  readonly storageId: string;
  readonly recovered: RecoveredState;
  readonly #folder: string;
  readonly #nodeId: string;
  readonly #unlock: () => void;
  #log: FileHandle;

  private constructor(folder: string, nodeId: string, opened: OpenedLog, unlock: () => void) {
    this.#folder = folder;
    this.#nodeId = nodeId;
    this.storageId = opened.storageId;
    this.recovered = opened.recovered;
    this.#log = opened.log;
    this.#unlock = unlock;
  }

  /**
   * Opens the folder, or makes it, with a new identity.
   *
   * @throws RaftStorageError when the folder is in use, belongs to another node, or its files are damaged.
   * @throws the system's error when it cannot be read or written.
   */
  static async open(folder: string, nodeId: string): Promise<FileStorage> {
    await mkdir(folder, { recursive: true });
    const unlock = await lockFolder(folder);
    try {
      return new FileStorage(folder, nodeId, await openLog(folder, nodeId), unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  async append(batches: readonly Persist[]): Promise<void> {
    let gathered: Persist[] = [];
    for (const batch of batches) {
      if (batch.snapshot !== null) {
        await this.#write(gathered);
        gathered = [];
        await this.compact({ snapshot: batch.snapshot, hardState: batch.hardState, entries: [] });
      }
      gathered.push(batch);
    }
    await this.#write(gathered);
  }

  async compact({ snapshot, hardState, entries }: Compaction): Promise<void> {
    const writer = new ByteWriter(maxRecordBytes);
    writeSnapshot(writer, snapshot);
    await replaceFile(this.#folder, snapshotName, [writer.finish()]);
    const identity = encodeIdentity({ nodeId: this.#nodeId, storageId: this.storageId });
    await replaceFile(this.#folder, logName, [identity, encodeLogRecord({ hardState, entries })]);
    const renewed = await open(join(this.#folder, logName), 'a');
    await this.#log.close();
    this.#log = renewed;
  }

  async close(): Promise<void> {
    await this.#log.close();
    this.#unlock();
  }

  /**
   * One record for one write, whatever is in it: a torn write then shows as one bad record at the very end. Two records
   * in one write could lose the first and keep the second, which would look like damage.
   */
  async #write(batches: readonly Persist[]): Promise<void> {
    const last = batches.at(-1);
    if (last === undefined) return;
    const entries = batches.flatMap((batch) => batch.entries);
    await this.#log.appendFile(sealRecord(encodeLogRecord({ hardState: last.hardState, entries })));
    await this.#log.datasync();
  }
}

interface OpenedLog {
  readonly storageId: string;
  readonly recovered: RecoveredState;
  readonly log: FileHandle;
}

async function openLog(folder: string, nodeId: string): Promise<OpenedLog> {
  const logPath = join(folder, logName);
  const snapshot = await readSnapshotFile(join(folder, snapshotName));
  const found = await readLogFile(logPath);
  if (found === null) {
    if (snapshot !== null) throw new RaftStorageError(`${folder}: has a snapshot but no log`);
    const storageId = randomUUID();
    await replaceFile(folder, logName, [encodeIdentity({ nodeId, storageId })]);
    return { storageId, recovered: emptyRecovery, log: await open(logPath, 'a') };
  }
  const { identity, hardState, tornBytes, soundBytes } = found;
  if (identity.nodeId !== nodeId) {
    throw new RaftStorageError(`${folder}: belongs to ${identity.nodeId}, not to ${nodeId}`);
  }
  const log = await open(logPath, 'a');
  if (tornBytes > 0) {
    await log.truncate(soundBytes);
    await log.datasync();
  }
  const recovered = { hardState, snapshot, entries: entriesAfter(snapshot, found.entries) };
  return { storageId: identity.storageId, recovered, log };
}

/** What the log adds to the snapshot: nothing when the snapshot replaced a log that had gone another way. */
function entriesAfter(snapshot: Snapshot | null, entries: readonly Entry[]): readonly Entry[] {
  if (snapshot === null) return entries;
  const [first] = entries;
  if (first?.index === snapshot.index + 1) return entries;
  const joint = entries.find((entry) => entry.index === snapshot.index);
  return joint?.term === snapshot.term ? entries.filter((entry) => entry.index > snapshot.index) : [];
}

async function readSnapshotFile(path: string): Promise<Snapshot | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (bytes === null) return null;
  const payload = openRecord(bytes, 0);
  if (payload === null) throw new RaftStorageError(`${path}: is damaged`);
  return decodeRecord(path, () => {
    const reader = new ByteReader(payload);
    const snapshot = readSnapshot(reader);
    reader.finish();
    return snapshot;
  });
}

/** Puts a new file in the place of the old one, whole and durable, or leaves the old one. */
async function replaceFile(folder: string, name: string, payloads: readonly Uint8Array[]): Promise<void> {
  const temporary = join(folder, `${name}.new`);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx');
  try {
    for (const payload of payloads) await file.appendFile(sealRecord(payload));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, name));
  const directory = await open(folder, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
