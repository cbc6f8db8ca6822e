import type { Kind, Keyspace } from '../memory/keyspace.ts';

/** The near caches of one memory engine: who there is, and what each has seen. */
export class HolderTable {
  /** When it was made, in microseconds since 1970: what tells it from the one before it. */
  readonly since: number;
  /** The same by the monotonic clock, in milliseconds: nobody sets that back. */
  readonly madeAtMs: number;
  /** Of the newest announcement. */
  sequence = 0;
  /** Holder to the newest announcement it has acted on. */
  readonly seen = new Map<string, number>();

  constructor(since: number, madeAtMs: number) {
    this.since = since;
    this.madeAtMs = madeAtMs;
  }
}

/** Nobody's data: journals leave it out, and a restarted engine begins a new table. */
export const holderTableKind: Kind<HolderTable> = {
  name: 'near caches',
  sizeBytes: ({ seen }) => seen.size * 100,
  freeze: ({ since, madeAtMs }) => [since, madeAtMs],
  thaw: (frozen) => new HolderTable(...(frozen as [number, number])),
};

/** The table of a key, made when it is not there. */
export function holderTable(space: Keyspace, key: string): HolderTable {
  const { clock } = space;
  const table =
    space.read(holderTableKind, key) ?? new HolderTable(Math.round(clock.now() * 1_000), clock.monotonicMs());
  space.write(holderTableKind, key, table, undefined);
  return table;
}
