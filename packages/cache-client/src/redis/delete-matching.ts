import { Redis } from 'ioredis';
import type { CacheError } from '../errors.ts';
import { dropTaggedLua } from '../fills/fill-operations.ts';
import type { DeletionReport } from '../store/cache-store.ts';
import type { Reply } from '../store/operation.ts';
import { isSteady, slotsOf } from './cluster-slots.ts';
import { primariesOf, type RedisConnection } from './connect.ts';
import { toCacheError } from './redis-errors.ts';

/** What deleting takes from the store it is for. All throw CacheError. */
export interface RedisCalls {
  readonly connection: RedisConnection;
  readonly shard: string;
  /** Sends a command to one server. */
  readonly on: (server: Redis, command: readonly [string, ...string[]]) => Promise<Reply>;
  /** Sends a command to where its key lives. */
  readonly send: (command: readonly [string, ...string[]]) => Promise<Reply>;
  readonly script: (lua: string, keys: readonly string[], args: readonly string[]) => Promise<Reply>;
}

const keysPerScan = 1_000;
/** Keys looked at in one script, which holds the server up for a fraction of a millisecond. */
const keysPerScript = 100;

/**
 * Deletes the keys that match a glob of Redis, or those of them that carry a tag. While slots of a cluster move, a
 * key can go from a node not looked at yet to one that was: then all are looked at once more.
 */
export async function deleteMatching(
  calls: RedisCalls,
  match: string,
  tag: string | undefined,
): Promise<readonly DeletionReport[]> {
  const { connection, shard } = calls;
  if (connection instanceof Redis) return [await deleteOn(calls, connection, shard, match, tag)];
  const primaries = primariesOf(connection);
  const slots = (): Promise<string[]> =>
    Promise.all(primaries.map((primary) => slotsOf(primary).catch(() => '[unknown]')));
  const pass = (): Promise<DeletionReport[]> =>
    Promise.all(primaries.map((primary) => deleteOn(calls, primary, nameOf(primary), match, tag)));
  const before = await slots();
  const first = await pass();
  if (isSteady(before, await slots())) return first;
  const second = await pass();
  return second.map((report, i) => ({ ...report, deleted: report.deleted + (first[i]?.deleted ?? 0) }));
}

async function deleteOn(
  calls: RedisCalls,
  server: Redis,
  shard: string,
  match: string,
  tag: string | undefined,
): Promise<DeletionReport> {
  let deleted = 0;
  try {
    for await (const found of pagesOf(calls, server, match)) {
      deleted += tag === undefined ? await unlink(calls, found) : await unlinkTagged(calls, found, tag);
    }
    return { shard, ok: true, deleted };
  } catch (error) {
    const failure: CacheError = toCacheError(error, shard);
    return { shard, ok: false, deleted, error: failure };
  }
}

/** Every key that is there from the beginning to the end, perhaps twice, a page at a time. */
export async function* pagesOf(
  { on }: Pick<RedisCalls, 'on'>,
  server: Redis,
  match: string,
): AsyncGenerator<readonly string[]> {
  let cursor = '0';
  do {
    const command = ['SCAN', cursor, 'MATCH', match, 'COUNT', String(keysPerScan)] as const;
    const [next, found] = (await on(server, command)) as [string, string[]];
    if (found.length > 0) yield found;
    cursor = next;
  } while (cursor !== '0');
}

/** One by one, since the keys of a page are in different slots of a cluster. */
async function unlink({ send }: RedisCalls, keys: readonly string[]): Promise<number> {
  return sum(await Promise.all(keys.map((key) => send(['UNLINK', key]))));
}

async function unlinkTagged(
  { connection, script }: RedisCalls,
  keys: readonly string[],
  tag: string,
): Promise<number> {
  const size = connection instanceof Redis ? keysPerScript : 1;
  const groups = Array.from({ length: Math.ceil(keys.length / size) }, (_, i) =>
    keys.slice(i * size, (i + 1) * size),
  );
  return sum(await Promise.all(groups.map((group) => script(dropTaggedLua, group, [tag]))));
}

function sum(counts: readonly Reply[]): number {
  return counts.reduce<number>((total, count) => total + Number(count), 0);
}

function nameOf({ options: { host, port } }: Redis): string {
  return `${host}:${port}`;
}

/** Text that a glob takes as it is. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\^]/g, String.raw`\$&`);
}
