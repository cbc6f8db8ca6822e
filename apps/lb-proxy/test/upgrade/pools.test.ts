import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { clientHelloFor } from '../fixtures/client-hello.ts';
import { startEcho, TestClient } from '../fixtures/tcp.ts';
import { MOVABLE, upgradable } from './upgradable.ts';

describe.each(MOVABLE)('a live upgrade of a listener with pools, with the %s engine', () => {
  it("keeps every connection to its pool's timeouts", { timeout: 60_000 }, async () => {
    await using folder = temporaryFolder();
    await using chat = await startEcho('chat:');
    await using web = await startEcho('web:');
    const configFile = join(folder.path, 'listeners.json');
    const proxies = await upgradable(web.port, folder.path, { BACKENDS: '', CONFIG_FILE: configFile });
    const listener = {
      name: 'main',
      listen: `127.0.0.1:${proxies.game}`,
      serverNames: ['chat.test=chat'],
      backends: [`web@127.0.0.1:${web.port}`],
      pools: { chat: { backends: [`chat@127.0.0.1:${chat.port}`], idleTimeoutMs: 4_000 } },
    };
    await writeFile(configFile, JSON.stringify({ listeners: [listener] }));
    await using old = await proxies.start();
    await eventually(async () => {
      const { backends } = await proxies.statistics();
      return backends.length === 2 && backends.every(({ health }) => health === 'up');
    });
    const inPool = new TestClient(proxies.game).write(await clientHelloFor('chat.test'));
    const elsewhere = new TestClient(proxies.game).write('hi');
    await eventually(() => inPool.text.startsWith('chat:') && elsewhere.text === 'web:hi');
    const speaking = setInterval(() => inPool.write('.'), 500);
    await using _next = await proxies.start();
    expect(await old.exited).toMatchObject({ code: 0 });
    expect(old.output()).toContain('"moved":2');
    clearInterval(speaking);
    expect((await inPool.over()).how).toBe('ECONNRESET');
    await eventually(async () =>
      expect(await proxies.statistics()).toMatchObject({
        connections: { active: 1 },
        ended: { 'idle-timeout': 1 },
      }),
    );
    elsewhere.write('again');
    await eventually(() => elsewhere.text.endsWith('again'));
    await Promise.all([inPool.close(), elsewhere.close()]);
  });
});
