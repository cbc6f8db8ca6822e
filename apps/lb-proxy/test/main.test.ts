import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePorts, startProcess, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, startEcho } from './fixtures/tcp.ts';

const main = new URL('../src/main.ts', import.meta.url).pathname;

describe('the process', () => {
  it('relays with one line of environment, and stops in order', async () => {
    await using a = await startEcho('a:');
    const [game = 0, admin = 0] = await freePorts(2);
    const env = {
      LISTEN: `127.0.0.1:${game}`,
      PORT: String(admin),
      BACKENDS: `a@127.0.0.1:${a.port}`,
      WORKERS: '2',
      STATS_INTERVAL_MS: '100',
    };
    await using proxy = await startProcess({
      args: [main],
      env,
      readyUrl: `http://127.0.0.1:${admin}/readyz`,
    });
    expect((await ask(game, 'hi')).bytes.toString()).toBe('a:hi');
    const answer = await fetch(`http://127.0.0.1:${admin}/v1/stats`);
    expect(await answer.json()).toMatchObject({
      connections: { total: 1 },
      backends: [{ id: 'a', source: 'static' }],
    });
    await eventually(() =>
      proxy.output().includes('main: round-robin, 1 connections, 0 active; a up 0 active, 1 total'),
    );
    proxy.kill('SIGTERM');
    expect(await proxy.exited).toMatchObject({ code: 0 });
  });

  it('reads its file of listeners again on SIGHUP', async () => {
    await using a = await startEcho('a:');
    await using folder = temporaryFolder();
    const [game = 0, admin = 0] = await freePorts(2);
    const configFile = join(folder.path, 'listeners.yaml');
    const write = (strategy: string) =>
      writeFile(
        configFile,
        `listeners:\n  - name: game\n    listen: 127.0.0.1:${game}\n    strategy: ${strategy}\n` +
          `    backends: ["a@127.0.0.1:${a.port}"]\n`,
      );
    await write('random');
    const env = { CONFIG_FILE: configFile, PORT: String(admin), WORKERS: '1' };
    await using proxy = await startProcess({
      args: [main],
      env,
      readyUrl: `http://127.0.0.1:${admin}/readyz`,
    });
    const strategy = async () => {
      const answer = await fetch(`http://127.0.0.1:${admin}/v1/strategy`);
      return ((await answer.json()) as { name: string }).name;
    };
    expect(await strategy()).toBe('random');
    await write('nonsense');
    proxy.kill('SIGHUP');
    await eventually(() => proxy.output().includes('configuration not taken over'));
    expect(await strategy()).toBe('random');
    await write('maglev');
    proxy.kill('SIGHUP');
    await eventually(async () => expect(await strategy()).toBe('maglev'));
    expect((await ask(game, 'hi')).bytes.toString()).toBe('a:hi');
  });

  it('says in one sentence that the game port is in use', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const proxy = startProcess({
      args: [main],
      env: { LISTEN: `127.0.0.1:${port}`, PORT: '0' },
      readyLine: /never printed/,
    });
    await expect(proxy).rejects.toThrow(new RegExp(`lb-proxy: port ${port} on 127.0.0.1 is already in use`));
    holder.close();
  });

  it('says in one sentence what is wrong with a setting', async () => {
    const proxy = startProcess({
      args: [main],
      env: { STRATEGY: 'fastest', PORT: '0' },
      readyLine: /never printed/,
    });
    await expect(proxy).rejects.toThrow(
      /lb-proxy: invalid configuration: STRATEGY must be one of round-robin/,
    );
  });
});
