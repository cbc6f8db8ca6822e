import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { linux, loadLibc } from '../../src/relay/linux/libc.ts';
import { startEcho, TestClient } from '../fixtures/tcp.ts';
import { ENGINES, readStats, startTestProxy } from '../fixtures/test-proxy.ts';

const ESTABLISHED = '01';
const portOf = (address = ''): number => Number.parseInt(address.split(':')[1] ?? '', 16);

/** Descriptors of this process by their sockets' inodes. */
function descriptorsByInode(): Map<string, number> {
  const found = new Map<string, number>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
      if (inode !== undefined) found.set(inode, Number(fd));
    } catch {
      // Closed since the folder was read.
    }
  }
  return found;
}

/** Descriptors of this process's established TCP sockets that a test wants, by their ports. */
function connectedSockets(isWanted: (local: number, remote: number) => boolean): number[] {
  const descriptors = descriptorsByInode();
  return readFileSync('/proc/self/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, remote, state]) => state === ESTABLISHED && isWanted(portOf(local), portOf(remote)))
    .flatMap((columns) => descriptors.get(columns[9] ?? '') ?? []);
}

describe.each(process.platform === 'linux' ? ENGINES : [])('sockets of a relay: %s', (relay) => {
  it('send small messages at once, and notice a dead peer: TCP_NODELAY and keep-alive on both sides', async () => {
    const libc = await loadLibc();
    const option = (fd: number, level: number, name: number): number => {
      const value = new Int32Array(1);
      expect(libc.getsockopt(fd, level, name, value, Int32Array.of(4))).toBe(0);
      return value[0] ?? -1;
    };
    await using echo = await startEcho();
    await using proxy = await startTestProxy({ config: { relay, workers: 1, keepAliveMs: 45_000 } });
    await proxy.addBackend('echo', echo.port);
    const client = new TestClient(proxy.port).write('x');
    await eventually(() => client.text === 'x');
    const sides = connectedSockets((local, remote) => local === proxy.port || remote === echo.port);
    expect(sides).toHaveLength(2);
    for (const fd of sides) {
      expect(option(fd, linux.IPPROTO_TCP, linux.TCP_NODELAY)).not.toBe(0);
      expect(option(fd, linux.SOL_SOCKET, linux.SO_KEEPALIVE)).not.toBe(0);
      expect(option(fd, linux.IPPROTO_TCP, linux.TCP_KEEPIDLE)).toBe(45);
    }
    await client.close();
    await proxy.idle();
  });
});

describe('WORKERS', () => {
  it('is one for each core by default', async () => {
    await using proxy = await startTestProxy({ config: { workers: 0 } });
    const count = availableParallelism();
    expect((await readStats(proxy))['workers']).toMatchObject({ configured: count, running: count });
  });
});
