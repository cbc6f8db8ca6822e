import { MemoryStore, type CacheStore, type Operation } from '@hanok/cache-client';

/** What an engine says of its memory; null for what it does not tell. */
export interface EngineFigures {
  readonly sizeBytes: number | null;
  readonly entries: number | null;
  readonly evictions: number | null;
}

/** `INFO` of a Redis server; the key only decides which server is asked. */
const infoOperation: Operation<string> = {
  name: 'engine-info',
  effect: 'reads',
  redis: { command: () => ['INFO'] },
  memory: () => '',
  decode: String,
};

const unknown: EngineFigures = { sizeBytes: null, entries: null, evictions: null };

/** The figures of all servers behind a store together; those that do not answer are left out. */
export async function engineFigures(store: CacheStore): Promise<EngineFigures> {
  const all = await Promise.all(store.parts.map((part) => figuresOf(part).catch(() => unknown)));
  const sum = (read: (figures: EngineFigures) => number | null) =>
    all.reduce<number | null>((total, figures) => {
      const value = read(figures);
      return value === null ? total : (total ?? 0) + value;
    }, null);
  return {
    sizeBytes: sum(({ sizeBytes }) => sizeBytes),
    entries: sum(({ entries }) => entries),
    evictions: sum(({ evictions }) => evictions),
  };
}

async function figuresOf(part: CacheStore): Promise<EngineFigures> {
  if (part instanceof MemoryStore) {
    const { sizeBytes, entryCount, evictions } = part.space;
    return { sizeBytes, entries: entryCount, evictions };
  }
  const info = await part.run(infoOperation, ['hanok'], []);
  const entries = [...info.matchAll(/^db\d+:keys=(\d+)/gm)].reduce(
    (total, [, keys]) => total + Number(keys),
    0,
  );
  return { sizeBytes: field(info, 'used_memory'), entries, evictions: field(info, 'evicted_keys') };
}

function field(info: string, name: string): number | null {
  const found = new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1];
  return found === undefined ? null : Number(found);
}
