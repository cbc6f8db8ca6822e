import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { eventually, freePorts, installDebianPackage, temporaryFolder } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startEcho, TestClient } from '../fixtures/tcp.ts';
import { KINDS, proxyCommand, startProxy, type Kind } from './proxies.ts';

const run = promisify(execFile);
const exhaustedClient = new URL('exhausted-client.ts', import.meta.url).pathname;

/** Ports for connections in a network of its own; health checks need one now and then. */
const FEW_PORTS = { from: 50_000, count: 8 };
const MAX_DESCRIPTORS = 72;
const MANY_CLIENTS = 80;

/** Processor time a process has used, ms. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * 10;
}

/** Statistics of lb-proxy's one listener. */
async function statsOf(adminUrl: string): Promise<{ failed: number; active: number }> {
  const answer = await fetch(`${adminUrl}/v1/stats`);
  const { connections, refused } = (await answer.json()) as {
    connections: { acceptFailed: number; active: number };
    refused: Record<string, number>;
  };
  return { failed: connections.acceptFailed + (refused['local-resources'] ?? 0), active: connections.active };
}

describe.each(KINDS)('what runs out, beside HAProxy: %s', (kind: Kind) => {
  it('source ports: who cannot be connected is let go, and the next ones are served', async () => {
    const failure = await installDebianPackage('iproute2');
    expect(failure).toBeUndefined();
    await using folder = temporaryFolder();
    const [proxyPort = 0, backendPort = 0] = await freePorts(2);
    const { command, env } = await proxyCommand(kind, [{ name: 'game', backendPort }], {
      folder: folder.path,
      ports: { game: proxyPort },
    });
    const { from, count } = FEW_PORTS;
    const network = `ip link set lo up && echo ${from} ${from + count - 1} >/proc/sys/net/ipv4/ip_local_port_range`;
    const { stdout } = await run(
      'unshare',
      [
        '--net',
        'sh',
        '-c',
        `${network} && exec "$@"`,
        'sh',
        process.execPath,
        exhaustedClient,
        String(proxyPort),
        String(backendPort),
        ...command,
      ],
      { env: { ...process.env, ...env }, timeout: 60_000 },
    );
    const came = JSON.parse(stdout) as string[];
    const served = came.filter((each) => each === 'served').length;
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThanOrEqual(count);
    const others = new Set(came.filter((each) => each !== 'served'));
    expect([...others]).toEqual([kind === 'haproxy' ? 'end' : 'ECONNRESET']);
  }, 90_000);

  it('descriptors: it does not spin, and goes on when some are free again', async () => {
    await using folder = temporaryFolder();
    await using echo = await startEcho();
    const wrap = ['sh', '-c', `ulimit -n ${MAX_DESCRIPTORS} && exec "$@"`, 'sh'];
    await using proxy = await startProxy(kind, [{ name: 'game', backendPort: echo.port }], {
      folder: folder.path,
      wrap,
    });
    const port = proxy.ports['game'] ?? 0;
    const clients = Array.from({ length: MANY_CLIENTS }, () => new TestClient(port).write('x'));
    await eventually(() => clients.some(({ text }) => text === 'x'));
    await sleep(300);
    const usedMs = processorMs(proxy.child.pid);
    const startedMs = performance.now();
    await sleep(1_000);
    const share = (processorMs(proxy.child.pid) - usedMs) / (performance.now() - startedMs);
    expect(share).toBeLessThan(0.5);
    const served = clients.filter(({ text }) => text === 'x').length;
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThan(MANY_CLIENTS);
    await Promise.all(clients.map((client) => client.close()));
    await eventually(async () => {
      const next = new TestClient(port).write('next');
      await Promise.race([eventually(() => next.text === 'next'), next.over()]);
      const isServed = next.text === 'next';
      await next.close();
      return isServed;
    });
    if (proxy.adminUrl === undefined) return;
    const { adminUrl } = proxy;
    const { failed } = await statsOf(adminUrl);
    // Node closes the clients that it has no descriptor for by itself, and tells nobody.
    expect(failed).toBeGreaterThan(kind === 'portable' ? -1 : 0);
    await eventually(async () => expect((await statsOf(adminUrl)).active).toBe(0));
  }, 60_000);
});
