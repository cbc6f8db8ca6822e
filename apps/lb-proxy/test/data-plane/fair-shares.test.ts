import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startServer } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

const BACKENDS = ['a', 'b', 'c', 'd', 'e'];
const CONNECTIONS = 1_500;
const AT_ONCE = 25;
const SLOW_MS = 150;

/** A backend that answers with its name, after a pause while it is slow. */
class Backend {
  readonly name: string;
  slowMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  start() {
    return startServer((socket) => {
      socket.on('data', () => {
        if (this.slowMs === 0) socket.end(this.name);
        else setTimeout(() => socket.end(this.name), this.slowMs);
      });
    });
  }
}

/** Connects, asks and hangs up; the name of the backend that answered. */
async function whoAnswers(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.end('?');
  const [name] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return name.toString();
}

/** So many connections, some at once; how many each backend got. */
async function tally(port: number, count: number): Promise<Map<string, number>> {
  const counts = new Map(BACKENDS.map((name) => [name, 0]));
  let begun = 0;
  const client = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      const name = await whoAnswers(port);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return counts;
}

describe.each(['weighted-response-time', 'peak-ewma'] as const)('five identical backends: %s', (strategy) => {
  it('each get at least half a fair share of 1,500 connections, right after one of them was slow', async () => {
    await using servers = new AsyncDisposableStack();
    await using proxy = await startTestProxy({ config: { workers: 2, strategy } });
    const backends = BACKENDS.map((name) => new Backend(name));
    for (const backend of backends) {
      const { port } = servers.use(await backend.start());
      await proxy.addBackend(backend.name, port);
    }
    const [slow] = backends;
    if (slow !== undefined) slow.slowMs = SLOW_MS;
    await tally(proxy.port, 100);
    if (slow !== undefined) slow.slowMs = 0;
    const counts = await tally(proxy.port, CONNECTIONS);
    const least = Math.min(...counts.values());
    expect(least, [...counts].join(' ')).toBeGreaterThanOrEqual(CONNECTIONS / BACKENDS.length / 2);
    await proxy.idle();
  });
});
