import { chmod } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { eventually, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { loadLibc, type Libc } from '../../src/relay/linux/libc.ts';
import { DescriptorChannel } from '../../src/upgrade/descriptor-channel.ts';
import { connectTo } from '../../src/upgrade/upgrade-socket.ts';
import type { PredecessorMessage, SuccessorMessage } from '../../src/upgrade/upgrade-messages.ts';
import { makeCertificate } from '../fixtures/certificates.ts';
import { ask, startEcho } from '../fixtures/tcp.ts';
import { MOVABLE, upgradable } from './upgradable.ts';
import { startStreams } from './streams.ts';

type Channel = DescriptorChannel<SuccessorMessage, PredecessorMessage>;

const ANSWER_MS = 5_000;

/** Says hello to a running process, as a successor would, and takes its listeners in. */
async function pretend(libc: Libc, path: string): Promise<Channel> {
  const channel: Channel = new DescriptorChannel(libc, connectTo(libc, path) ?? -1);
  await channel.send({ type: 'hello', version: 1, movesConnections: true }, [], ANSWER_MS);
  for (;;) {
    const { message, descriptors } = await channel.receive(ANSWER_MS);
    channel.closeAll(descriptors);
    if (message.type === 'listeners-told') return channel;
  }
}

describe.each(MOVABLE)('a live upgrade that fails, with the %s engine', () => {
  it('leaves everything with the running process when the new one dies, at whatever moment', async () => {
    await using folder = temporaryFolder();
    await using streams = await startStreams();
    const proxies = await upgradable(streams.backend.port, folder.path);
    await using running = await proxies.start();
    await proxies.isUp();
    await streams.open(proxies.game, 16);
    const libc = await loadLibc();
    const path = join(folder.path, 'upgrade.sock');
    const goesOn = async (): Promise<void> => {
      const before = streams.receivedBytes;
      await eventually(() => streams.receivedBytes > before + 50_000);
      const count = streams.count;
      await streams.open(proxies.game, 1);
      expect(streams.count).toBe(count + 1);
      expect(streams.failures).toEqual([]);
    };
    const atOnce = new DescriptorChannel(libc, connectTo(libc, path) ?? -1);
    atOnce.close();
    await goesOn();
    const afterListeners = await pretend(libc, path);
    afterListeners.close();
    await goesOn();
    const afterConnections = await pretend(libc, path);
    await afterConnections.send({ type: 'owns', moving: ['main'] }, [], ANSWER_MS);
    const { message, descriptors } = await afterConnections.receive(ANSWER_MS);
    expect(message.type).toBe('connections');
    afterConnections.closeAll(descriptors);
    afterConnections.close();
    await goesOn();
    expect(running.output().match(/upgrade given up/g)).toHaveLength(3);
    await using next = await proxies.start();
    expect(await running.exited).toMatchObject({ code: 0 });
    await goesOn();
    await streams.finish();
    expect(streams.failures).toEqual([]);
    expect(next.output()).toContain('taken over');
  });

  it('starts as usual after a process that was killed', async () => {
    await using folder = temporaryFolder();
    await using backend = await startEcho('a:');
    const proxies = await upgradable(backend.port, folder.path);
    const killed = await proxies.start();
    killed.kill('SIGKILL');
    await killed.exited;
    await using _next = await proxies.start();
    expect((await ask(proxies.game, 'hi')).bytes.toString()).toBe('a:hi');
  });

  it('goes on in the new process when the old one is killed meanwhile', async () => {
    await using folder = temporaryFolder();
    await using backend = await startEcho('a:');
    const proxies = await upgradable(backend.port, folder.path);
    await using old = await proxies.start();
    const starting = proxies.start();
    await eventually(() => old.output().includes('another lb-proxy takes over'));
    old.kill('SIGKILL');
    await using _next = await starting;
    expect((await ask(proxies.game, 'hi')).bytes.toString()).toBe('a:hi');
  });

  it('drains the old process where connections cannot be moved, and says so', async () => {
    await using folder = temporaryFolder();
    await using backend = await startEcho('a:');
    const proxies = await upgradable(backend.port, folder.path, { RELAY: 'portable' });
    await using old = await proxies.start();
    await using next = await proxies.start();
    expect(await old.exited).toMatchObject({ code: 0 });
    expect(next.output()).toContain('the old one drains');
    expect((await ask(proxies.game, 'hi')).bytes.toString()).toBe('a:hi');
  });

  it('drains the connections of a listener that turns to TLS, and gives no client to nobody', async () => {
    await using folder = temporaryFolder();
    await using backend = await startEcho('a:');
    const { chainFile, keyFile } = await makeCertificate(folder.path, ['game.test']);
    const proxies = await upgradable(backend.port, folder.path);
    await using old = await proxies.start();
    await using _next = await proxies.start({ TLS_CERTIFICATES: `${chainFile}+${keyFile}` });
    expect(await old.exited).toMatchObject({ code: 0 });
    for (let client = 0; client < 12; client += 1) {
      const socket = connect({ port: proxies.game, host: '127.0.0.1', rejectUnauthorized: false });
      socket.end('hi');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toBe('a:hi');
      socket.destroy();
    }
  });

  it('refuses a folder that others can enter', async () => {
    await using folder = temporaryFolder();
    await chmod(folder.path, 0o755);
    const proxies = await upgradable(1, folder.path);
    await expect(proxies.start()).rejects.toThrow(/UPGRADE_SOCKET must be in a folder that only this user/);
  });
});
