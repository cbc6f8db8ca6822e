import { join } from 'node:path';
import { eventually, startProcess, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { isAlive, toldPids } from './fixtures/fake-topology.ts';
import { freePortOffset, MAIN, startStack, type Stack } from './fixtures/real-stack.ts';

const SERVICES = [
  'coordinator-1',
  'coordinator-2',
  'coordinator-3',
  'cache-service',
  'player-service-1',
  'player-service-2',
  'player-service-3',
  'lb-proxy',
];
const PATIENCE = { timeoutMs: 30_000, intervalMs: 100 };

/** Calls the API on a connection of its own, so that lb-proxy decides anew each time. */
async function call(stack: Stack, port: number, path: string, method = 'GET', body?: object, token?: string) {
  const response = await fetch(`http://127.0.0.1:${port + stack.portOffset}${path}`, {
    method,
    headers: {
      connection: 'close',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const game = (stack: Stack, path: string, method?: string, body?: object, token?: string) =>
  call(stack, 8080, path, method, body, token);

interface Leader {
  readonly leaderId: string;
  readonly term: number;
}

/** The leader as the coordinators other than `without` see it, once they see one. */
function leaderSeen(stack: Stack, afterTerm: number, without?: string): Promise<Leader> {
  return eventually(async () => {
    for (const number of [1, 2, 3]) {
      if (without === `coordinator-${number}`) continue;
      const { body } = await call(stack, 7000 + number, '/v1/leader').catch(() => ({ body: {} }));
      const { leaderId, term } = body as Partial<Leader>;
      if (typeof leaderId === 'string' && typeof term === 'number' && term > afterTerm)
        return { leaderId, term };
    }
    return null;
  }, PATIENCE);
}

function killService(stack: Stack, name: string): void {
  process.kill(toldPids(stack.process, name).at(-1) ?? 0, 'SIGKILL');
}

/** The whole job of the backend, through the game port alone. */
async function playOnce(stack: Stack): Promise<string> {
  const deviceId = 'device-of-the-test-1';
  const created = await game(stack, '/v1/players', 'POST', {
    username: 'hong',
    email: 'hong@example.com',
    deviceId,
  });
  expect(created).toMatchObject({ status: 201, body: { username: 'hong', level: 1, gold: 0 } });
  const id = String(created.body['id']);
  const session = await game(stack, '/v1/sessions', 'POST', { deviceId });
  const token = String(session.body['token']);
  expect(await game(stack, `/v1/players/${id}`, 'PATCH', { level: 7 })).toMatchObject({ status: 200 });
  const reward = { minLevel: 5, gold: 100, reason: 'GOLD_BONUS' };
  expect(await game(stack, '/v1/rewards', 'POST', reward)).toMatchObject({
    status: 201,
    body: { players: 1 },
  });
  expect(await game(stack, `/v1/players/${id}`, 'GET', undefined, token)).toMatchObject({
    body: { level: 7, gold: 100 },
  });
  expect(await game(stack, '/v1/game-log')).toMatchObject({ body: { items: [{ event: 'GOLD_BONUS' }] } });
  await game(stack, '/v1/leaderboards/weekly/scores', 'POST', { score: 1200 }, token);
  expect(await game(stack, '/v1/leaderboards/weekly')).toMatchObject({
    body: { items: [{ playerId: id, score: 1200 }] },
  });
  await game(stack, '/v1/chat/lobby/messages', 'POST', { text: '안녕하세요' }, token);
  expect(await game(stack, '/v1/chat/lobby/messages')).toMatchObject({
    body: { items: [{ text: '안녕하세요' }] },
  });
  expect(await game(stack, '/v1/counters/rounds', 'POST', { by: 2 })).toMatchObject({ body: { value: 2 } });
  return id;
}

describe('npm start', { timeout: 180_000 }, () => {
  it('runs the whole job, goes on when processes are killed, and leaves none when it is killed itself', async () => {
    await using folder = temporaryFolder();
    const stack = await startStack(join(folder.path, 'data'));
    await using supervisor = stack.process;
    const id = await playOnce(stack);
    const before = await leaderSeen(stack, -1);

    killService(stack, 'player-service-1');
    killService(stack, before.leaderId);
    await eventually(
      () => expect(supervisor.output()).toMatch(/player-service-1 was ended by SIGKILL/u),
      PATIENCE,
    );
    for (let request = 0; request < 20; request++) {
      expect(await game(stack, `/v1/players/${id}`)).toMatchObject({ status: 200, body: { gold: 100 } });
    }
    const after = await leaderSeen(stack, before.term, before.leaderId);
    expect(after.term).toBeGreaterThan(before.term);
    for (const name of ['player-service-1', before.leaderId]) {
      await eventually(
        () => expect(supervisor.output()).toMatch(new RegExp(`${name} is ready again`, 'u')),
        PATIENCE,
      );
    }

    const pids = SERVICES.map((name) => toldPids(supervisor, name).at(-1) ?? 0);
    expect(pids.filter(isAlive)).toHaveLength(SERVICES.length);
    supervisor.kill('SIGKILL');
    await eventually(() => expect(pids.filter(isAlive)).toEqual([]), PATIENCE);
  });

  it('stops all on Ctrl-C, and finds everything again at the next start', async () => {
    await using folder = temporaryFolder();
    const first = await startStack(join(folder.path, 'data'));
    await using _first = first.process;
    const id = await playOnce(first);
    const pids = SERVICES.map((name) => toldPids(first.process, name).at(-1) ?? 0);
    first.process.kill('SIGINT');
    expect(await first.process.exited).toEqual({ code: 0, signal: null });
    expect(pids.filter(isAlive)).toEqual([]);

    const second = await startStack(join(folder.path, 'data'));
    await using _second = second.process;
    expect(await game(second, `/v1/players/${id}`)).toMatchObject({
      status: 200,
      body: { level: 7, gold: 100 },
    });
    second.process.kill('SIGTERM');
    expect((await second.process.exited).code).toBe(0);
  });

  it('ends at once with one sentence when a setting is wrong', async () => {
    await using folder = temporaryFolder();
    const portOffset = await freePortOffset();
    await using stack = await startProcess({
      args: [MAIN, '--port-offset', String(portOffset), '--data-dir', folder.path],
      env: { LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://db', CACHE_URL: undefined },
    });
    expect((await stack.exited).code).toBe(1);
    expect(stack.output()).toMatch(
      /^Wrong settings: LOG_LEVEL must be one of .*; DATABASE_URL must be .*\.\n$/u,
    );
  });

  it.each([
    [['--player-services', 'many'], '--player-services must be a whole number from 1 to 16, not "many".\n'],
    [['--nonsense'], "Unknown option '--nonsense'. See npm start -- --help.\n"],
  ])('refuses %j', async (args, sentence) => {
    await using stack = await startProcess({ args: [MAIN, ...args] });
    expect(await stack.exited).toEqual({ code: 1, signal: null });
    expect(stack.output()).toBe(sentence);
  });

  it('tells its options', async () => {
    await using stack = await startProcess({ args: [MAIN, '--help'] });
    expect((await stack.exited).code).toBe(0);
    expect(stack.output()).toContain('--port-offset N');
  });
});
