import { freePort, startRedis, temporaryFolder } from '@hanok/testkit';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, currentSessionOf, playerOf, rewardOf, sessionOf } from './support/answers.ts';
import { startFailing, startService, type ServiceProcess } from './support/service-process.ts';
import { databaseKinds } from './support/test-app.ts';
import { faultOfHistory, type VersionedOperation } from './support/version-history.ts';

describe.each(databaseKinds)('two processes on one $name', ({ create }) => {
  let stack: AsyncDisposableStack;
  let one: ServiceProcess;
  let two: ServiceProcess;
  let count = 0;
  const register = async (extra: object = {}) => {
    count += 1;
    const body = { username: `player-${count}`, email: `player-${count}@example.com`, ...extra };
    return playerOf(await one.send('POST', '/v1/players', { body }));
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const database = stack.use(await create());
    const redis = await startRedis();
    stack.defer(() => redis.stop());
    const settings = { DATABASE_URL: database.url, CACHE_URL: redis.url, CHAT_KEEP_MESSAGES: '3' };
    // Together, on an empty database: whichever comes first makes the tables.
    [one, two] = await Promise.all([
      startService({ ...settings, SERVICE_ID: 'one' }),
      startService({ ...settings, SERVICE_ID: 'two' }),
    ]);
    stack.use(one);
    stack.use(two);
  });
  afterAll(() => stack.disposeAsync());

  it('keeps as many messages of a chat channel as CHAT_KEEP_MESSAGES says', async () => {
    const { id: playerId } = await register();
    for (const text of ['1', '2', '3', '4', '5']) {
      await one.send('POST', '/v1/chat/world/messages', { body: { playerId, text } });
    }
    const { body } = await two.send('GET', '/v1/chat/world/messages');
    expect(body).toMatchObject({ items: [{ text: '3' }, { text: '4' }, { text: '5' }] });
  });

  it('reads at one what was just written at the other, cached or not', async () => {
    const { id } = await register();
    for (let level = 2; level < 30; level += 1) {
      const [writer, reader] = level % 2 === 0 ? [one, two] : [two, one];
      expect(playerOf(await reader.send('GET', `/v1/players/${id}`)).level).toBe(level - 1);
      await writer.send('PATCH', `/v1/players/${id}`, { body: { level } });
      expect(playerOf(await reader.send('GET', `/v1/players/${id}`)).level).toBe(level);
    }
  });

  it('accepts at one a session begun at the other, and says who answered', async () => {
    const { id } = await register({ password: 'correct horse battery' });
    const credentials = { username: `player-${count}`, password: 'correct horse battery' };
    const { token } = sessionOf(await one.send('POST', '/v1/sessions', { body: credentials }));
    const reply = await two.send('GET', '/v1/sessions', { token });
    expect(currentSessionOf(reply).playerId).toBe(id);
    expect(reply.headers['x-served-by']).toBe('two');
  });

  it('gives a name to one of those who ask for it at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, i) => {
        const body = {
          username: i % 2 === 0 ? 'Contested' : 'contested',
          email: `contested-${i}@example.com`,
        };
        return (i % 3 === 0 ? one : two).send('POST', '/v1/players', { body });
      }),
    );
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(9);
  });

  it('keeps every coin while 64 clients move gold between 10 players, and rewards fall in between', async () => {
    const players: string[] = [];
    for (let i = 0; i < 10; i += 1) players.push((await register({ gold: 100, level: 77 })).id);
    let refused = 0;
    const client = async (seed: number) => {
      for (let i = 0; i < 6; i += 1) {
        const from = players[(seed * 7 + i * 3) % 10];
        const to = players[(seed * 7 + i * 3 + 1 + ((seed + i) % 9)) % 10];
        const body = { fromPlayerId: from, toPlayerId: to, amount: 1 + ((seed * i) % 60), reason: 'TRADE' };
        const { status } = await (seed % 2 === 0 ? one : two).send('POST', '/v1/transfers', { body });
        expect([201, 409]).toContain(status);
        if (status === 409) refused += 1;
      }
    };
    const rewards = async () => {
      for (let i = 0; i < 3; i += 1) {
        const body = { minLevel: 77, maxLevel: 77, gold: 10, reason: 'GOLD_BONUS' };
        expect(rewardOf(await two.send('POST', '/v1/rewards', { body })).players).toBe(10);
      }
    };
    await Promise.all([...Array.from({ length: 64 }, (_, seed) => client(seed)), rewards()]);
    const gold = await Promise.all(
      players.map(
        async (id, i) => playerOf(await (i % 2 === 0 ? one : two).send('GET', `/v1/players/${id}`)).gold,
      ),
    );
    expect(gold.reduce((sum, each) => sum + each, 0)).toBe(10 * (100 + 30));
    expect(Math.min(...gold)).toBeGreaterThanOrEqual(0);
    expect(refused).toBeLessThan(64 * 6);
    expect(auditOf(await one.send('GET', '/v1/audit'))).toMatchObject({ balanced: true, sumOfAllEntries: 0 });
  });

  it('keeps each player linearizable when many read and change it by its version', async () => {
    const objects = [await register(), await register()];
    const histories = new Map(objects.map(({ id }) => [id, [] as VersionedOperation[]]));
    const timed = async (
      id: string,
      work: () => Promise<Omit<VersionedOperation, 'invokedAtMs' | 'answeredAtMs'> | undefined>,
    ) => {
      const invokedAtMs = performance.now();
      const seen = await work();
      if (seen !== undefined)
        histories.get(id)?.push({ ...seen, invokedAtMs, answeredAtMs: performance.now() });
      return seen;
    };
    const read = (process: ServiceProcess, id: string) =>
      timed(id, async () => {
        const { version, experience } = playerOf(await process.send('GET', `/v1/players/${id}`));
        return { kind: 'read', version, value: experience };
      });
    const client = async (number: number) => {
      const { id } = objects[number % 2] ?? { id: '' };
      for (let done = 0; done < 3;) {
        // It reads at one process and writes at the other.
        const [reader, writer] = number % 4 < 2 ? [one, two] : [two, one];
        const before = await read(reader, id);
        const written = await timed(id, async () => {
          const value = number * 1_000 + done;
          const headers = { 'if-match': `"${before?.version}"` };
          const reply = await writer.send('PATCH', `/v1/players/${id}`, {
            body: { experience: value },
            headers,
          });
          expect([200, 412]).toContain(reply.status);
          return reply.status === 200
            ? { kind: 'write', version: playerOf(reply).version, value }
            : undefined;
        });
        if (written !== undefined) done += 1;
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, number) => client(number)));
    for (const { id } of objects) {
      const history = histories.get(id) ?? [];
      expect(faultOfHistory(history), JSON.stringify(history)).toBeUndefined();
      // Every accepted write made a version of its own, so none was lost.
      expect((await read(one, id))?.version).toBe(1 + history.filter(({ kind }) => kind === 'write').length);
    }
  });

  it('stops in order, finishing what it had begun', async () => {
    const body = { amount: 1, reason: 'LAST_MOMENT' };
    const { id } = await register();
    const pending = Array.from({ length: 20 }, () => two.send('POST', `/v1/players/${id}/gold`, { body }));
    await Promise.race(pending);
    two.child.kill('SIGTERM');
    const settled = await Promise.allSettled(pending);
    const paid = settled.filter((each) => each.status === 'fulfilled' && each.value.status === 201).length;
    expect(await two.child.exited).toEqual({ code: 0, signal: null });
    const { gold } = playerOf(await one.send('GET', `/v1/players/${id}`));
    expect(gold).toBeGreaterThanOrEqual(paid);
    expect(paid).toBeGreaterThan(0);
  });
});

describe('a service that cannot start', () => {
  it('says in one sentence that its port is in use', async () => {
    await using folder = temporaryFolder();
    const port = await freePort();
    const occupant = createServer().listen(port, '127.0.0.1');
    await once(occupant, 'listening');
    const settings = { CACHE_URL: 'memory:', DATABASE_URL: `sqlite:${folder.path}/hanok.db` };
    const { code, output } = await startFailing({ ...settings, PORT: String(port) });
    occupant.close();
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(output).toContain(`port ${port}`);
  });

  it.each([
    ['a bad setting', { SESSION_TTL_SECONDS: 'soon' }, 78, 'SESSION_TTL_SECONDS'],
    ['a database nobody serves', { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, 1, '127.0.0.1:1'],
    ['a folder that cannot be made', { DATABASE_URL: 'sqlite:/dev/null/hanok.db' }, 1, '/dev/null'],
  ])('says in one sentence what is wrong: %s', async (_what, settings, exitCode, named) => {
    await using folder = temporaryFolder();
    const usual = { CACHE_URL: 'memory:', DATABASE_URL: `sqlite:${folder.path}/hanok.db`, PORT: '0' };
    const { code, output } = await startFailing({ ...usual, ...settings });
    expect(output).toContain(named);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(exitCode);
  });
});
