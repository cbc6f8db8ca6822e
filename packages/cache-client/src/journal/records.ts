import { CacheError } from '../errors.ts';
import { kindsByName } from '../memory/kinds.ts';
import type { FrozenEntry, Keyspace } from '../memory/keyspace.ts';
import type { ShiftingClock } from '../memory/shifting-clock.ts';
import { operationsByName } from '../store/operations.ts';

/**
 * One line of a journal: an operation that was carried out, the whole state of a key as it was at that moment,
 * or the remark that the states of all keys have been written.
 */
export type JournalRecord =
  | {
      readonly at: number;
      readonly op: string;
      readonly keys: readonly string[];
      readonly args: readonly string[];
    }
  | { readonly at: number; readonly state: FrozenEntry }
  | { readonly at: number; readonly complete: true };

/** Brings a keyspace to where it was after the record. */
export function replay(space: Keyspace, clock: ShiftingClock, record: JournalRecord): void {
  clock.standAt(record.at, () => {
    if ('state' in record) restore(space, record.state);
    else if ('op' in record) repeat(space, record);
  });
}

function restore(space: Keyspace, { key, kind: name, value, ttlMs }: FrozenEntry): void {
  const kind = kindsByName.get(name);
  if (kind === undefined) throw new Error(`unknown kind of value ${name}`);
  space.write(kind, key, kind.thaw(value), ttlMs);
}

function repeat(space: Keyspace, { op, keys, args }: Extract<JournalRecord, { op: string }>): void {
  const operation = operationsByName.get(op);
  if (operation === undefined) throw new Error(`unknown operation ${op}`);
  try {
    operation.memory(space, keys, args);
  } catch (error) {
    // A key whose state comes later in this file may not be what the operation found; then it is replaced.
    if (!(error instanceof CacheError)) throw error;
  }
}
