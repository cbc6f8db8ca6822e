import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, freePorts, startProcess } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startEcho, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { ENGINES, readStats, startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

const echoProcess = new URL('../fixtures/echo-process.ts', import.meta.url).pathname;

/** Connections allowed from one source: what is lost or counted twice shows when exactly so many are asked for. */
const PER_SOURCE = 60;
const STREAM_INTERVAL_MS = 5;
const ASKING_CLIENTS = 5;
/** How often everything happens; CRASH_ROUNDS=3 and more for a longer proof. */
const ROUNDS = Number(process.env['CRASH_ROUNDS'] ?? 1);
const ANSWER_MS = 500;

/** Descriptors of this process, where the system tells; 0 elsewhere. */
function descriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}

/** Clients that ask one short question after the other, some of which may go unanswered, until they are stopped. */
function startAsking(port: number): { stop(): Promise<void>; readonly answered: number } {
  const stopping = new AbortController();
  let answered = 0;
  const asking = Array.from({ length: ASKING_CLIENTS }, async () => {
    while (!stopping.signal.aborted) {
      const client = new TestClient(port).write('q').end();
      // Who is with a backend that was stopped meanwhile does not wait for it to go on.
      await Promise.race([client.over(), sleep(ANSWER_MS)]);
      if (client.text !== '') answered += 1;
      await client.close();
    }
  });
  return {
    get answered() {
      return answered;
    },
    async stop() {
      stopping.abort();
      await Promise.all(asking);
    },
  };
}

/** Nothing is open, waiting or on a backend; one source gets all it may have, and not one more. */
async function expectNoDrift(proxy: TestProxy, idleDescriptors: number): Promise<void> {
  await proxy.idle();
  const all = Array.from({ length: PER_SOURCE }, () => new TestClient(proxy.port).write('x'));
  await eventually(() => all.every(({ text }) => text !== ''));
  expect(proxy.balancer.state.open).toBe(PER_SOURCE);
  expect((await new TestClient(proxy.port).write('x').over()).how).toBe('ECONNRESET');
  await Promise.all(all.map((client) => client.close()));
  await proxy.idle();
  expect((await readStats(proxy))['connections']).toMatchObject({ active: 0, waiting: 0 });
  await eventually(() => expect(descriptors()).toBeLessThanOrEqual(idleDescriptors + 6));
}

async function startProxy(relay: (typeof ENGINES)[number], steady: TestServer): Promise<TestProxy> {
  const proxy = await startTestProxy({
    config: {
      relay,
      workers: 2,
      connectTimeoutMs: 400,
      checkTimeoutMs: 300,
      checkIntervalMs: 100,
      checkKind: 'send-expect',
      checkSend: 'hi',
      checkExpect: ':hi',
      maxConnectionsPerSource: PER_SOURCE,
    },
  });
  await proxy.addBackend('steady', steady.port);
  return proxy;
}

describe.each(ENGINES)('under load, %s', (relay) => {
  it('hurts nobody on a healthy backend when others are killed, stopped and started again', async () => {
    await using steady = await startEcho('steady:');
    await using proxy = await startProxy(relay, steady);
    const [killedPort = 0, stoppedPort = 0] = await freePorts(2);
    const start = (name: string, port: number) =>
      startProcess({ args: [echoProcess, name, String(port)], readyLine: /listening/ });
    let killed = await start('killed', killedPort);
    await using stopped = await start('stopped', stoppedPort);
    await proxy.addBackend('killed', killedPort);
    await proxy.addBackend('stopped', stoppedPort);
    const idleDescriptors = descriptors();
    const healthOf = async (id: string) => (await proxy.call('GET', `/v1/backends/${id}`)).body['health'];
    const clients = Array.from({ length: 24 }, () => new TestClient(proxy.port).write('a'));
    await eventually(() => clients.every(({ text }) => text !== ''));
    const unhurt = clients.filter(({ text }) => text.startsWith('steady'));
    expect(unhurt.length).toBe(8);
    let written = 0;
    const streaming = setInterval(() => {
      written += 1;
      for (const client of unhurt) client.write('z');
    }, STREAM_INTERVAL_MS);
    const asking = startAsking(proxy.port);
    for (let round = 0; round < ROUNDS; round += 1) {
      killed.kill('SIGKILL');
      stopped.kill('SIGSTOP');
      await killed.exited;
      await eventually(async () => expect(await healthOf('killed')).toBe('down'));
      await eventually(async () => expect(await healthOf('stopped')).not.toBe('up'));
      const before = asking.answered;
      await eventually(() => asking.answered > before + 20);
      killed = await start('killed', killedPort);
      stopped.kill('SIGCONT');
      for (const id of ['killed', 'stopped']) await eventually(async () => (await healthOf(id)) === 'up');
    }
    clearInterval(streaming);
    await asking.stop();
    await eventually(() => {
      for (const { text } of unhurt) expect(text.replaceAll('steady:', '')).toBe(`a${'z'.repeat(written)}`);
    });
    await Promise.all(clients.map((client) => client.close()));
    await expectNoDrift(proxy, idleDescriptors);
    await killed[Symbol.asyncDispose]();
  }, 90_000);

  it('loses with a crashed worker the connections of that worker alone, and counts nothing twice', async () => {
    await using steady = await startEcho(':');
    await using proxy = await startProxy(relay, steady);
    const idleDescriptors = descriptors();
    const asking = startAsking(proxy.port);
    const { workers, state } = proxy.balancer;
    for (let round = 0; round < ROUNDS; round += 1) {
      const clients = Array.from({ length: 20 }, () => new TestClient(proxy.port).write('a'));
      await eventually(() => clients.every(({ text }) => text === ':a'));
      // A command it cannot understand throws inside the worker, as any defect would.
      workers.accepting[round % 2]?.postMessage({ type: 'endpoint' }, []);
      await eventually(() => workers.crashes === round + 1 && workers.running === 2);
      const isOver = ({ socket }: TestClient) => socket.closed || socket.readableEnded;
      const left = clients.filter((client) => !isOver(client));
      for (const client of left) client.write('b');
      await eventually(() => expect(left.every((client) => client.text === ':a:b')).toBe(true));
      await Promise.all(clients.map((client) => client.close()));
      const before = asking.answered;
      await eventually(() => asking.answered > before + 20);
      expect(state.open).toBeLessThanOrEqual(ASKING_CLIENTS);
    }
    await asking.stop();
    await expectNoDrift(proxy, idleDescriptors);
  }, 90_000);
});
