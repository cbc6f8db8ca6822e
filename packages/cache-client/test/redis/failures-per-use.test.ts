import { eventually, redisCommand, startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CacheError, openCache, type Cache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

/** Longest any call may take: the command timeout twice (a read, then a write), with room for a busy machine. */
const boundMs = 10_000;

/** Each is of a new player: a better score of an old one needs no room. */
let submissions = 0;

/** One call of each use, and what it is in the table of the operator's manual. */
const uses = {
  'player read': ({ players }: Subject) => players.read('1'),
  'player invalidation': ({ players }: Subject) => players.invalidate('1'),
  'session created': ({ cache }: Subject) => cache.sessions.create('1'),
  'session validated': ({ cache, token }: Subject) => cache.sessions.validate(token),
  'score submitted': ({ cache }: Subject) => cache.leaderboards.submit('b', `p${(submissions += 1)}`, 5),
  'board read': ({ cache }: Subject) => cache.leaderboards.top('b', 10),
  'message published': ({ cache }: Subject) => cache.chat.publish('c', '1', 'hello'),
  'channel read': ({ cache }: Subject) => cache.chat.read('c'),
  'counter incremented': ({ cache }: Subject) => cache.counters.increment('n'),
  'counter read': ({ cache }: Subject) => cache.counters.read('n'),
} as const;

type Use = keyof typeof uses;

interface Subject {
  readonly cache: Cache;
  readonly players: ReturnType<typeof playersOf>;
  readonly token: string;
}

const playersOf = (cache: Cache) => cache.players({ load: async (id) => ({ id, from: 'the database' }) });

async function subjectOn(redis: TestServer, url = redis.url): Promise<Subject> {
  const well = openCache(redis.url);
  await ready(well.store);
  const { token } = await well.sessions.create('1');
  await well.close();
  const cache = openCache(url, { redis: { commandTimeoutMs: 1_000 } });
  return { cache, players: playersOf(cache), token };
}

/** What each use comes to, all at once, none later than the bound. */
async function outcomesOf(subject: Subject): Promise<Record<Use, string>> {
  const startedAtMs = performance.now();
  const entries = await Promise.all(
    Object.entries(uses).map(async ([use, call]) => {
      try {
        const result = await call(subject);
        return [use, typeof result === 'string' ? result : 'served'];
      } catch (error) {
        return [use, error instanceof CacheError ? error.code : String(error)];
      }
    }),
  );
  expect(performance.now() - startedAtMs).toBeLessThan(boundMs);
  return Object.fromEntries(entries) as Record<Use, string>;
}

const isWrite = (use: string): boolean => /created|submitted|published|incremented/.test(use);

/** Players come from the database in any case; `reads` and `writes` say what the others get. */
function expected({ reads, writes, invalidation }: Record<'reads' | 'writes' | 'invalidation', unknown>) {
  const rows = Object.keys(uses).map((use) => {
    if (use === 'player read') return [use, 'served'];
    if (use === 'player invalidation') return [use, invalidation];
    return [use, isWrite(use) ? writes : reads];
  });
  return Object.fromEntries(rows) as Record<Use, unknown>;
}

const away = expect.stringMatching(/^(unavailable|timeout)$/) as unknown;
const allAway = expected({ reads: away, writes: away, invalidation: 'pending' });
const allWell = expected({ reads: 'served', writes: 'served', invalidation: 'acknowledged' });

describe('what each use comes to', () => {
  let redis: TestServer;
  let subject: Subject;
  beforeAll(async () => {
    redis = await startRedis({ dedicated: true, config: ['maxmemory-policy noeviction'] });
    subject = await subjectOn(redis);
    await ready(subject.cache.store);
  });
  afterAll(async () => {
    await subject.cache.close();
    await redis.stop();
  });
  const untilWell = () => eventually(async () => expect(await outcomesOf(subject)).toEqual(allWell));

  it('while Redis hangs, and after', async () => {
    redis.pause();
    expect(await outcomesOf(subject)).toEqual(allAway);
    expect(await outcomesOf(subject)).toEqual(allAway);
    redis.resume();
    await untilWell();
  });

  it('while Redis is away, and after', async () => {
    await redis.kill();
    await eventually(() => expect(subject.cache.connected).toBe(false));
    expect(await outcomesOf(subject)).toEqual(allAway);
    await redis.restart();
    await untilWell();
  });

  it('while Redis is full, and after', async () => {
    await redisCommand(redis.url, ['CONFIG', 'SET', 'maxmemory', '1']);
    const outcomes = await outcomesOf(subject);
    await redisCommand(redis.url, ['CONFIG', 'SET', 'maxmemory', '0']);
    expect(outcomes).toEqual(expected({ reads: 'served', writes: 'out_of_memory', invalidation: 'pending' }));
    await untilWell();
  });

  it('after Redis forgot its scripts', async () => {
    await redisCommand(redis.url, ['SCRIPT', 'FLUSH']);
    expect(await outcomesOf(subject)).toEqual(allWell);
  });

  it('after Redis was emptied: sessions are over, boards begin anew', async () => {
    await redisCommand(redis.url, ['FLUSHALL']);
    expect(await subject.cache.sessions.validate(subject.token)).toBeUndefined();
    expect(await subject.cache.leaderboards.top('b')).toEqual([]);
    await untilWell();
  });

  it('with a replica that refuses to be written to', async () => {
    await using replica = await startRedis({ replicaOf: redis });
    const { cache, ...rest } = await subjectOn(redis, replica.url);
    await ready(cache.store);
    const outcomes = await outcomesOf({ cache, ...rest });
    // A refusal ends the connection, since a name may have a new primary: the others may find it gone.
    const refused = expect.stringMatching(/^(read_only|unavailable)$/) as unknown;
    const readOrAway = expect.stringMatching(/^(served|unavailable)$/) as unknown;
    expect(outcomes).toEqual(expected({ reads: readOrAway, writes: refused, invalidation: 'pending' }));
    await cache.close();
  });

  it('with a wrong password', async () => {
    await redisCommand(redis.url, ['CONFIG', 'SET', 'requirepass', 'right']);
    const cache = openCache(`redis://:wrong@127.0.0.1:${redis.port}`);
    await eventually(() => expect(cache.lastError?.code).toBe('denied'));
    expect(await outcomesOf({ ...subject, cache, players: playersOf(cache) })).toEqual(allAway);
    await cache.close();
  });
});
