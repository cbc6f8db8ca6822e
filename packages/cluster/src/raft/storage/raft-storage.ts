import { WireError } from '../../wire/wire-error.ts';
import type { Entry, HardState, Persist, RecoveredState, Snapshot } from '../raft-types.ts';

/** A snapshot of the own state machine, and what remains of the log when it is saved. */
export interface Compaction {
  readonly snapshot: Snapshot;
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
}

/** A data folder that cannot be used as it is. The message says which, and why. */
export class RaftStorageError extends Error {
  readonly code = 'CLUSTER_STORAGE';
  readonly retryable = false;
  override name = 'RaftStorageError';
}

/** Reads a sound record of a file. @throws RaftStorageError naming the file when it says something else than it should. */
export function decodeRecord<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new RaftStorageError(`${path}: holds something unknown: ${error.message}`, { cause: error });
  }
}

/**
 * Where a voter keeps what it must never forget. Calls come one at a time: the next only after the last has settled.
 * After any failure the storage must not be used again: what reached the disk is then unknown, and a second fsync
 * would hide the loss (Rebello et al., "Can applications recover from fsync failures?", 2020).
 */
export interface RaftStorage {
  /** Random identity of this disk, made when it was first used. */
  readonly storageId: string;
  /** What was there when it was opened. */
  readonly recovered: RecoveredState;
  /** Resolves when everything in the batches is durable. */
  append(batches: readonly Persist[]): Promise<void>;
  compact(compaction: Compaction): Promise<void>;
  close(): Promise<void>;
}
