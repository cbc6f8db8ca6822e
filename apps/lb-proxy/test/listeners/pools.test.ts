import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { ConfigError } from '@hanok/service-kit';
import { eventually, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { compareListeners } from '../../src/listeners/listener-changes.ts';
import { parseListenerFile } from '../../src/listeners/listener-file.ts';
import { makeCertificate } from '../fixtures/certificates.ts';
import { clientHelloFor } from '../fixtures/client-hello.ts';
import { startEcho, startServer, TestClient } from '../fixtures/tcp.ts';
import { readStats, startTestProxy, testConfig, type TestProxy } from '../fixtures/test-proxy.ts';

const parse = (pools: object, more: object = {}) => {
  const listener = { name: 'game', listen: '0.0.0.0:1', serverNames: ['chat.test=chat'], ...more, pools };
  return parseListenerFile(JSON.stringify({ listeners: [listener] }), testConfig({ checkRise: 7 }));
};

function violationsOf(run: () => unknown): readonly string[] {
  try {
    run();
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.violations : [String(error)];
  }
}

describe('pools of a listener in the file', () => {
  it("have settings of their own, else the listener's, else the environment's", () => {
    const [listener] = parse(
      { chat: { strategy: 'maglev', backends: ['c1@10.0.0.1:1*3'], checkKind: 'http' } },
      { backends: ['g1@10.0.0.2:1'], strategy: 'random', idleTimeoutMs: 9_000 },
    );
    expect(listener?.config).toMatchObject({
      strategy: 'random',
      backends: ['g1@10.0.0.2:1', 'chat/c1@10.0.0.1:1*3'],
    });
    expect(listener?.discovers).toBe(false);
    expect(listener?.pools.get('chat')).toMatchObject({
      strategy: 'maglev',
      checkKind: 'http',
      idleTimeoutMs: 9_000,
      checkRise: 7,
    });
  });

  it('are refused, each violation with its place, when something is wrong with them', () => {
    const wrong = violationsOf(() =>
      parse({ chat: { strategy: 'best', workers: 2, backends: ['x/a@h:1'] }, '../etc': {} }),
    );
    for (const place of [
      'listeners.0.pools.chat.strategy must be one of',
      'listeners.0.pools.chat.workers is not a setting of a pool',
      'listeners.0.pools.chat.backends: x/a@h:1 must not name a pool',
      'listeners.0.pools.../etc must have a name',
    ]) {
      expect(wrong).toEqual(expect.arrayContaining([expect.stringContaining(place)]));
    }
    expect(violationsOf(() => parse({ rooms: {} }))).toEqual([
      'listeners.0: no name in SERVER_NAMES leads to pool rooms',
    ]);
    expect(violationsOf(() => parse({ chat: { checkKind: 'send-expect' } }))).toEqual([
      'listeners.0.pools.chat: CHECK_EXPECT is required with CHECK_KIND=send-expect',
    ]);
    expect(violationsOf(() => parse([]))).toHaveLength(1);
    expect(violationsOf(() => parse({ chat: 1 }))).toHaveLength(1);
  });

  it('are compared: a strategy changes live, anything else restarts the listener', () => {
    const change = (pool: object) => compareListeners(parse({ chat: {} }), parse({ chat: pool }));
    expect(change({})).toEqual([]);
    expect(change({ strategy: 'maglev' })).toEqual([
      {
        name: 'game',
        action: 'change',
        settings: [{ setting: 'pools.chat.strategy', from: 'round-robin', to: 'maglev' }],
      },
    ]);
    expect(change({ idleTimeoutMs: 5 })).toMatchObject([
      { action: 'restart', settings: [{ setting: 'pools.chat.idleTimeoutMs', to: 5 }] },
    ]);
  });
});

/** Connects and says the name as a TLS client would; nothing is decrypted here. */
async function passThrough(proxy: TestProxy, serverName: string): Promise<TestClient> {
  return new TestClient(proxy.port).write(await clientHelloFor(serverName));
}

/** Speaks TLS with the proxy and returns what came first. */
async function askSecurely(proxy: TestProxy, servername: string, message: string): Promise<string> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', servername, rejectUnauthorized: false });
  socket.write(message);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

async function start(file: string, listener: object): Promise<TestProxy> {
  const listeners = [{ name: 'game', listen: '127.0.0.1:0', ...listener }];
  await writeFile(file, JSON.stringify({ listeners }));
  return startTestProxy({ config: { configFile: file } });
}

const isUp = (proxy: TestProxy, id: string, health = 'up') =>
  eventually(async () => (await proxy.call('GET', `/v1/backends/${id}`)).body['health'] === health);

describe('pools of a running listener', () => {
  it('each go by their own strategy, checks, limits and timeouts', async () => {
    await using folder = temporaryFolder();
    await using web = await startEcho('web:');
    await using chat = await startEcho('chat:');
    await using mute = await startServer(() => undefined);
    await using proxy = await start(join(folder.path, 'listeners.json'), {
      serverNames: ['chat.test=chat'],
      backends: [`web@127.0.0.1:${web.port}`],
      pools: {
        chat: {
          backends: [`chat@127.0.0.1:${chat.port}`, `mute@127.0.0.1:${mute.port}`],
          strategy: 'least-connections',
          checkKind: 'send-expect',
          checkSend: 'ping',
          checkExpect: 'chat:ping',
          checkTimeoutMs: 200,
          panicPercent: 0,
          maxConnectionsPerBackend: 1,
          queueTimeoutMs: 100,
          idleTimeoutMs: 1_000,
        },
      },
    });
    await Promise.all([isUp(proxy, 'web'), isUp(proxy, 'chat'), isUp(proxy, 'mute', 'down')]);
    const strategyOf = async (query: string) =>
      (await proxy.call('GET', `/v1/strategy${query}`)).body['name'];
    expect(await strategyOf('')).toBe('round-robin');
    expect(await strategyOf('?pool=chat')).toBe('least-connections');
    const first = await passThrough(proxy, 'chat.test');
    await eventually(() => first.text.startsWith('chat:'));
    const second = await passThrough(proxy, 'chat.test');
    expect((await second.over()).how).toBe('ECONNRESET');
    expect(await readStats(proxy)).toMatchObject({ refused: { 'queue-timeout': 1 } });
    const others = [await passThrough(proxy, 'web.test'), await passThrough(proxy, 'web.test')];
    await eventually(() => others.every(({ text }) => text.startsWith('web:')));
    expect((await first.over()).how).toBe('ECONNRESET');
    // It has ended once the backend's side is closed as well.
    await eventually(async () =>
      expect(await readStats(proxy)).toMatchObject({ ended: { 'idle-timeout': 1 } }),
    );
    expect(others.some(({ socket }) => socket.closed)).toBe(false);
    await Promise.all([first, second, ...others].map((client) => client.close()));
    await proxy.idle();
  });

  it('change their strategy one by one, and show it', async () => {
    await using folder = temporaryFolder();
    await using proxy = await start(join(folder.path, 'listeners.json'), {
      serverNames: ['chat.test=chat', 'room.test=rooms'],
      backends: [],
      pools: { chat: { strategy: 'random' } },
    });
    const put = await proxy.call('PUT', '/v1/strategy?pool=rooms', { name: 'peak-ewma' });
    expect(put.body).toMatchObject({ name: 'peak-ewma' });
    expect((await proxy.call('GET', '/v1/listeners')).body).toMatchObject({
      items: [
        {
          strategy: 'round-robin',
          pools: [
            { name: 'chat', strategy: 'random' },
            { name: 'rooms', strategy: 'peak-ewma' },
          ],
        },
      ],
    });
    const explained = await proxy.call('GET', '/v1/explain?source=10.0.0.1&pool=rooms');
    expect(explained.body).toMatchObject({ strategy: 'peak-ewma' });
    const replayed = await proxy.call('POST', '/v1/strategy/replay?pool=chat', { name: 'maglev' });
    expect(replayed.body).toMatchObject({ replayed: 0 });
    for (const [method, url, body] of [
      ['GET', '/v1/strategy?pool=nobody', undefined],
      ['PUT', '/v1/strategy?pool=nobody', { name: 'random' }],
      ['POST', '/v1/strategy/replay?pool=nobody', { name: 'random' }],
    ] as const) {
      expect(await proxy.call(method, url, body)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'query.pool' }] },
      });
    }
  });

  it('route by a token where they say so, and only there', async () => {
    await using folder = temporaryFolder();
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using c = await startEcho('c:');
    await using d = await startEcho('d:');
    const { chainFile, keyFile } = await makeCertificate(folder.path, ['*.test']);
    await using proxy = await start(join(folder.path, 'listeners.json'), {
      tlsCertificates: [`${chainFile}+${keyFile}`],
      serverNames: ['room.test=rooms'],
      backends: [`a@127.0.0.1:${a.port}`, `b@127.0.0.1:${b.port}`],
      pools: {
        rooms: {
          backends: [`c@127.0.0.1:${c.port}`, `d@127.0.0.1:${d.port}`],
          token: 'bytes:0:4',
        },
      },
    });
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => isUp(proxy, id)));
    await proxy.balancer.workers.decisions();
    const ask = (name: string, message: string) => askSecurely(proxy, name, message);
    const backendsOf = async (name: string, message: string) => {
      const answers: string[] = [];
      for (let turn = 0; turn < 6; turn += 1) answers.push(await ask(name, message));
      return new Set(answers.map((answer) => answer.slice(0, 1)));
    };
    expect((await backendsOf('room.test', 'tok1 hello')).size).toBe(1);
    // No token is awaited here: three bytes are answered at once, and clients take turns.
    expect(await backendsOf('web.test', 'tok')).toEqual(new Set(['a', 'b']));
    const rooms = await Promise.all(
      Array.from({ length: 12 }, (_, room) => ask('room.test', `r${room}xx join`)),
    );
    expect(new Set(rooms.map((answer) => answer.slice(0, 1)))).toEqual(new Set(['c', 'd']));
    await proxy.idle();
  });
});
