import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createLogger, type Logger } from '@hanok/service-kit';
import { eventually, freePort, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { buildApp, type App } from '../../src/app.ts';
import { portablePlatform } from '../../src/upgrade/portable-platform.ts';
import { ask, isClosed, startEcho, TestClient } from '../fixtures/tcp.ts';
import { testConfig } from '../fixtures/test-proxy.ts';

/** An lb-proxy on a platform that moves no sockets and shares no ports, in this process. */
interface Waiting extends AsyncDisposable {
  readonly app: App;
  readonly log: string[];
  /** It has asked its process to end. */
  readonly hasEnded: () => boolean;
}

function recorder(log: string[]): Logger {
  const logger = createLogger({ name: 'lb-proxy', level: 'info', format: 'json' });
  const note =
    (method: 'info' | 'warn' | 'error') =>
    (first: unknown, second?: string): void =>
      void log.push(`${method}: ${second ?? String(first)} ${JSON.stringify(first)}`);
  return Object.assign(Object.create(logger) as Logger, {
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    child: () => recorder(log),
  });
}

async function start(folder: string, game: number, backendPort: number): Promise<Waiting> {
  const log: string[] = [];
  let ended = false;
  const app = await buildApp({
    config: testConfig({
      listen: `127.0.0.1:${game}`,
      backends: [`a@127.0.0.1:${backendPort}`],
      upgradeSocket: join(folder, 'upgrade.sock'),
      drainTimeoutMs: 10_000,
    }),
    logger: recorder(log),
    sharePort: false,
    upgrade: { platform: portablePlatform, end: () => void (ended = true) },
  });
  await app.started?.({ host: '127.0.0.1', port: 0 });
  return {
    app,
    log,
    hasEnded: () => ended,
    async [Symbol.asyncDispose]() {
      await app.drain?.();
      await app.server.close();
      await app.close?.();
    },
  };
}

const says = (log: readonly string[], text: string): boolean => log.some((line) => line.includes(text));

describe('an upgrade where no socket can be handed over', () => {
  it('drains the old process, says so, and gives the new one the ports', async () => {
    await using folder = temporaryFolder();
    await using backend = await startEcho('a:');
    const game = await freePort();
    await using old = await start(folder.path, game, backend.port);
    const staying = new TestClient(game).write('1');
    await eventually(() => staying.text === 'a:1');
    await old.app.server.inject({
      method: 'POST',
      url: '/v1/backends',
      payload: { id: 'late', host: '127.0.0.1', port: 1, state: 'draining' },
    });
    await using next = await start(folder.path, game, backend.port);
    expect(old.hasEnded()).toBe(true);
    expect(says(old.log, 'the ports are closed until the other lb-proxy has opened them')).toBe(true);
    expect(says(old.log, 'connections that cannot be moved end here {"moved":0,"staying":1}')).toBe(true);
    expect(says(next.log, 'the old one drains, and its port is closed for a moment')).toBe(true);
    expect(says(next.log, 'taken over {"moved":0,"staying":1}')).toBe(true);
    expect(next.app.listeners.get().backends.find('late')?.spec.state).toBe('draining');
    expect((await ask(game, 'x')).bytes.toString()).toBe('a:x');
    expect(next.app.listeners.get().state.total('accepted')).toBe(1);
    staying.write('2');
    await eventually(() => staying.text === 'a:1a:2');
    await staying.close();
  });

  it('lets the old process accept again when the new one dies before it has opened the ports', async () => {
    await using folder = temporaryFolder();
    await using backend = await startEcho('a:');
    const game = await freePort();
    await using old = await start(folder.path, game, backend.port);
    await eventually(async () => (await ask(game, 'x')).bytes.toString() === 'a:x');
    const staying = new TestClient(game).write('1');
    await eventually(() => staying.text === 'a:1');
    const dying = connect(join(folder.path, 'upgrade.sock'));
    await once(dying, 'connect');
    const hello = { type: 'hello', version: 1, movesConnections: false, needsPorts: true };
    dying.write(`${JSON.stringify(hello)}\n`);
    await once(dying, 'data');
    await eventually(() => isClosed(game));
    dying.destroy();
    await eventually(async () => !(await isClosed(game)));
    expect((await ask(game, 'y')).bytes.toString()).toBe('a:y');
    expect(says(old.log, 'upgrade given up: this process goes on')).toBe(true);
    expect(old.hasEnded()).toBe(false);
    staying.write('2');
    await eventually(() => staying.text === 'a:1a:2');
    await staying.close();
    await using _next = await start(folder.path, game, backend.port);
    expect(old.hasEnded()).toBe(true);
  });

  it('refuses one that speaks another version, and goes on', async () => {
    await using folder = temporaryFolder();
    await using backend = await startEcho('a:');
    const game = await freePort();
    await using old = await start(folder.path, game, backend.port);
    const stranger = connect(join(folder.path, 'upgrade.sock'));
    stranger.write(`${JSON.stringify({ type: 'hello', version: 99 })}\n`);
    const [answer] = (await once(stranger, 'data')) as [Buffer];
    expect(JSON.parse(answer.toString())).toMatchObject({ type: 'refused' });
    stranger.destroy();
    await eventually(async () => (await ask(game, 'x')).bytes.toString() === 'a:x');
    expect(old.hasEnded()).toBe(false);
  });
});
