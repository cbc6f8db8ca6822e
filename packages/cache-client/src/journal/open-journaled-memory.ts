import { systemClock } from '@hanok/service-kit';
import { MemoryStore, type MemoryStoreOptions } from '../memory/memory-store.ts';
import { ShiftingClock } from '../memory/shifting-clock.ts';
import { playerKey } from '../names.ts';
import { holdersKey } from '../near/announcement.ts';
import { Journal } from './journal.ts';

export interface JournaledMemoryOptions extends MemoryStoreOptions {
  /** Where the journal is; made when it is not there. One process at a time. */
  readonly folder: string;
  /** A file is not rewritten before it is this large. Default 16 MiB. */
  readonly minRewriteBytes?: number;
}

/**
 * A memory engine whose sessions, boards, chat and counters outlive the process. Cached players are not kept:
 * while the process was away they may have changed, and nobody could have told it.
 *
 * @throws Error when the folder cannot be used or another process uses it, or its journal is damaged.
 */
export async function openJournaledMemory({
  folder,
  minRewriteBytes,
  clock: present = systemClock,
  ...options
}: JournaledMemoryOptions): Promise<MemoryStore> {
  const clock = new ShiftingClock(present);
  const store = new MemoryStore({ ...options, clock });
  const copies = playerKey('');
  const journal = await Journal.open({
    folder,
    clock,
    space: store.space,
    skips: (key) => key.startsWith(copies) || key === holdersKey,
    ...(minRewriteBytes === undefined ? {} : { minRewriteBytes }),
  });
  store.attach(journal);
  return store;
}
