import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually, freePorts, temporaryFolder, type TemporaryFolder } from '@hanok/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ask, isClosed, startEcho, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

describe('several listeners from a file', () => {
  let folder: TemporaryFolder;
  let configFile: string;
  let a: TestServer;
  let b: TestServer;
  let [game, chat, later] = [0, 0, 0];

  const write = (listeners: unknown) => writeFile(configFile, JSON.stringify({ listeners }));
  const gameListener = (more: object = {}) => ({
    name: 'game',
    listen: `127.0.0.1:${game}`,
    backends: [`a@127.0.0.1:${a.port}`],
    ...more,
  });
  const chatListener = (more: object = {}) => ({
    name: 'chat',
    listen: `127.0.0.1:${chat}`,
    backends: [`b@127.0.0.1:${b.port}`],
    ...more,
  });
  const start = () => startTestProxy({ config: { configFile, workers: 1, drainTimeoutMs: 2_000 } });
  const reload = (proxy: TestProxy, dryRun = false) => proxy.call('POST', '/v1/reload', { dryRun });
  const answer = async (port: number) => (await ask(port, 'x')).bytes.toString();

  beforeAll(async () => {
    folder = temporaryFolder();
    configFile = join(folder.path, 'listeners.json');
    [a, b] = await Promise.all([startEcho('a:'), startEcho('b:')]);
  });

  beforeEach(async () => {
    [game = 0, chat = 0, later = 0] = await freePorts(3);
    await write([gameListener(), chatListener({ strategy: 'maglev' })]);
  });

  afterAll(async () => {
    await a[Symbol.asyncDispose]();
    await b[Symbol.asyncDispose]();
    await folder.remove();
  });

  it('gives each its own pool and strategy, in data and in the API', async () => {
    await using proxy = await start();
    expect([await answer(game), await answer(chat)]).toEqual(['a:x', 'b:x']);
    const { body } = await proxy.call('GET', '/v1/listeners');
    expect(body['items']).toMatchObject([
      { name: 'game', port: game, strategy: 'round-robin', backends: 1 },
      { name: 'chat', port: chat, strategy: 'maglev', backends: 1 },
    ]);
    expect((await proxy.call('GET', '/v1/backends?listener=chat')).body['items']).toMatchObject([
      { id: 'b' },
    ]);
    expect((await proxy.call('GET', '/v1/backends')).body['items']).toMatchObject([{ id: 'a' }]);
    expect((await proxy.call('GET', '/v1/stats?listener=nobody')).status).toBe(404);
    await proxy.call('PUT', '/v1/strategy?listener=chat', { name: 'random' });
    expect((await proxy.call('GET', '/v1/strategy')).body['name']).toBe('round-robin');
    expect((await proxy.call('GET', '/v1/strategy?listener=chat')).body['name']).toBe('random');
  });

  it('shows what a reload would do, and then does it', async () => {
    await using proxy = await start();
    await write([
      gameListener({ strategy: 'least-connections', backends: [`a@127.0.0.1:${a.port}*4`] }),
      { name: 'later', listen: `127.0.0.1:${later}`, backends: [`b@127.0.0.1:${b.port}`] },
    ]);
    const shown = await reload(proxy, true);
    expect(shown.body).toMatchObject({
      applied: false,
      changes: [
        { name: 'chat', action: 'remove' },
        { name: 'game', action: 'change', settings: [{ setting: 'strategy' }, { setting: 'backends' }] },
        { name: 'later', action: 'add' },
      ],
    });
    expect(await answer(chat)).toBe('b:x');
    const done = await reload(proxy);
    expect(done.body).toEqual({ ...shown.body, applied: true });
    expect(await answer(later)).toBe('b:x');
    await eventually(() => isClosed(chat));
    expect((await proxy.call('GET', '/v1/strategy')).body['name']).toBe('least-connections');
    expect((await proxy.call('GET', '/v1/backends/a')).body['weight']).toBe(4);
    expect((await reload(proxy)).body).toEqual({ applied: true, changes: [] });
  });

  it('restarts a listener without closing its port or its connections', async () => {
    await using proxy = await start();
    const client = new TestClient(game).write('1');
    await eventually(() => client.text === 'a:1');
    await write([gameListener({ idleTimeoutMs: 12_345 }), chatListener({ strategy: 'maglev' })]);
    let refused = 0;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) if (await isClosed(game)) refused += 1;
    })();
    expect((await reload(proxy)).body['changes']).toMatchObject([{ name: 'game', action: 'restart' }]);
    client.write('2');
    await eventually(() => client.text === 'a:1a:2');
    expect(await answer(game)).toBe('a:x');
    watching.abort();
    await watch;
    expect(refused).toBe(0);
    await client.close();
  });

  it('restarts it also where two cannot share a port', async () => {
    await using proxy = await startTestProxy({
      config: { configFile, workers: 1, drainTimeoutMs: 2_000 },
      sharePort: false,
    });
    const client = new TestClient(game).write('1');
    await eventually(() => client.text === 'a:1');
    await write([gameListener({ idleTimeoutMs: 12_345 }), chatListener({ strategy: 'maglev' })]);
    expect((await reload(proxy)).body['changes']).toMatchObject([{ name: 'game', action: 'restart' }]);
    expect(await answer(game)).toBe('a:x');
    client.write('2');
    await eventually(() => client.text === 'a:1a:2');
    await client.close();
  });

  it('moves a listener to another address', async () => {
    await using proxy = await start();
    await write([gameListener({ listen: `127.0.0.1:${later}` }), chatListener({ strategy: 'maglev' })]);
    expect((await reload(proxy)).status).toBe(200);
    expect(await answer(later)).toBe('a:x');
    await eventually(() => isClosed(game));
  });

  it('changes nothing when the file is invalid, gone, or names an address in use', async () => {
    await using proxy = await start();
    await write([gameListener({ strategy: 'fastest' }), chatListener({ workers: -1 })]);
    const invalid = await reload(proxy);
    expect(invalid).toMatchObject({ status: 422, body: { code: 'config_invalid' } });
    expect(JSON.stringify(invalid.body['errors'])).toMatch(/listeners\.0\.strategy.*listeners\.1\.workers/);
    const holder = createServer().listen(later, '127.0.0.1');
    await once(holder, 'listening');
    await write([gameListener({ idleTimeoutMs: 1 }), { name: 'later', listen: `127.0.0.1:${later}` }]);
    expect(await reload(proxy)).toMatchObject({ status: 409, body: { code: 'address_unusable' } });
    holder.close();
    await writeFile(configFile, '');
    await proxy.app.reload();
    expect([await answer(game), await answer(chat)]).toEqual(['a:x', 'b:x']);
    const names = ((await proxy.call('GET', '/v1/listeners')).body['items'] as { name: string }[]).map(
      ({ name }) => name,
    );
    expect(names).toEqual(['game', 'chat']);
  });

  it('has nothing to reload without a file, and refuses bad requests', async () => {
    await using proxy = await startTestProxy({ config: { workers: 1 } });
    expect(await reload(proxy)).toMatchObject({ status: 409, body: { code: 'no_config_file' } });
    expect((await proxy.call('POST', '/v1/reload', { dryRun: 'yes' })).status).toBe(400);
    expect((await proxy.call('POST', '/v1/reload', { now: true })).status).toBe(400);
  });

  it('does not start with an invalid file', async () => {
    await write([{ name: 'game' }]);
    await expect(start()).rejects.toThrow(/listeners\.0/);
  });
});
