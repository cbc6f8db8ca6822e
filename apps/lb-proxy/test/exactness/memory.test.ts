import { readFileSync } from 'node:fs';
import { eventually, freePorts, startProcess } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { startServer, TestClient } from '../fixtures/tcp.ts';
import { ENGINES } from '../fixtures/test-proxy.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const CONNECTIONS = 8;
const BLOCK_BYTES = 1_000_000;
/** For each connection; the kernel's buffers on both hops hold some of it. */
const BLOCKS = 64;
/** Half a gigabyte is on offer; what a process needs to run at all may vary by so much. */
const MOST_GROWTH_KIB = 48 * 1_024;

function residentKib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

it.each(ENGINES)(
  'readers that stall under fast writers cost the process no memory: %s',
  async (relay) => {
    const block = Buffer.alloc(BLOCK_BYTES, 7);
    let handedOver = 0;
    await using backend = await startServer((socket) => {
      socket.once('data', () => {
        let blocks = 0;
        const send = (): void => {
          while (blocks++ < BLOCKS) {
            handedOver += 1;
            if (!socket.write(block)) {
              socket.once('drain', send);
              return;
            }
          }
          socket.end();
        };
        send();
      });
    });
    const [game = 0, admin = 0] = await freePorts(2);
    const env = {
      LISTEN: `127.0.0.1:${game}`,
      PORT: String(admin),
      BACKENDS: `a@127.0.0.1:${backend.port}`,
      WORKERS: '1',
      RELAY: relay,
    };
    await using proxy = await startProcess({ args: [main], env, readyLine: /lb-proxy listens on/ });
    const clients = Array.from({ length: CONNECTIONS }, () => new TestClient(game));
    for (const client of clients) client.socket.pause();
    const before = residentKib(proxy.pid);
    for (const client of clients) client.write('go');
    let last = -1;
    await eventually(
      () => {
        const isStalled = handedOver === last && handedOver >= CONNECTIONS;
        last = handedOver;
        return isStalled;
      },
      { intervalMs: 400, timeoutMs: 30_000 },
    );
    expect(handedOver).toBeLessThan((CONNECTIONS * BLOCKS) / 2);
    expect(residentKib(proxy.pid) - before).toBeLessThan(MOST_GROWTH_KIB);
    await Promise.all(clients.map((client) => client.close()));
  },
  60_000,
);
