import type { Kind, Keyspace } from '../memory/keyspace.ts';

/** The near caches of one memory engine: who there is, and what each has seen. */
export class HolderTable {
  /** When it was made, in microseconds since 1970: what tells it from the one before it. */
  readonly since: number;
  /** Of the newest announcement. */
  sequence = 0;
  /** Holder to the newest announcement it has acted on. */
  readonly seen = new Map<string, number>();

  constructor(since: number) {
    this.since = since;
  }
}

/** Nobody's data: journals leave it out, and a restarted engine begins a new table. */
export const holderTableKind: Kind<HolderTable> = {
  name: 'near caches',
  sizeBytes: ({ seen }) => seen.size * 100,
  freeze: ({ since }) => since,
  thaw: (since) => new HolderTable(Number(since)),
};

/** The table of a key, made when it is not there. */
export function holderTable(space: Keyspace, key: string): HolderTable {
  const table = space.read(holderTableKind, key) ?? new HolderTable(Math.round(space.clock.now() * 1_000));
  space.write(holderTableKind, key, table, undefined);
  return table;
}
