import { eventually, freePort, startProcess, type ChildHandle } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, startEcho, TestClient } from '../fixtures/tcp.ts';
import { readStats, startTestProxy } from '../fixtures/test-proxy.ts';

const echoProcess = new URL('../fixtures/echo-process.ts', import.meta.url).pathname;

async function startBackendProcess(name: string): Promise<{ child: ChildHandle; port: number }> {
  const child = await startProcess({ args: [echoProcess, name], readyLine: /listening on \d+/ });
  return { child, port: Number(/listening on (\d+)/.exec(child.output())?.[1]) };
}

describe('when backends fail', () => {
  it('loses no connection to the others when one is killed under load, and none that comes later', async () => {
    const { child: victim, port: victimPort } = await startBackendProcess('victim');
    await using backendA = await startEcho('a:');
    await using backendB = await startEcho('b:');
    await using proxy = await startTestProxy({ config: { connectTimeoutMs: 1_000 } });
    await proxy.addBackend('victim', victimPort);
    await proxy.addBackend('a', backendA.port);
    await proxy.addBackend('b', backendB.port);
    const longLived = Array.from({ length: 12 }, () => new TestClient(proxy.port).write('start '));
    await eventually(() => longLived.every((client) => client.text !== ''));
    const survivors = longLived.filter((client) => !client.text.startsWith('victim'));
    expect(survivors.length).toBeLessThan(12);

    const asking = new AbortController();
    const answers: { at: number; text: string; how: string }[] = [];
    const load = Array.from({ length: 4 }, async () => {
      while (!asking.signal.aborted) {
        const at = performance.now();
        const { bytes, how } = await ask(proxy.port, 'q');
        answers.push({ at, text: bytes.toString(), how });
      }
    });
    await eventually(() => answers.length > 40);
    const killedAt = performance.now();
    victim.kill();
    await victim.exited;
    await eventually(async () => (await proxy.call('GET', '/v1/backends/victim')).body['health'] === 'down');
    const soFar = answers.length;
    await eventually(() => answers.length > soFar + 40);
    asking.abort();
    await Promise.all(load);

    const unanswered = answers.filter(({ how, text }) => how !== 'end' || text === '');
    // Only what was on the victim at that moment may be lost: one request for each asking client.
    expect(unanswered.length).toBeLessThanOrEqual(4);
    for (const { at } of unanswered) expect(at).toBeLessThanOrEqual(killedAt + 1_000);
    for (const client of survivors) client.write('again');
    await eventually(() => survivors.every((client) => client.text.endsWith('again')));
    await Promise.all(longLived.map((client) => client.close()));
    await proxy.idle();
  }, 30_000);

  it('takes a restarted backend back', async () => {
    const port = await freePort();
    const args = [echoProcess, 'phoenix', String(port)];
    const first = await startProcess({ args, readyLine: /listening/ });
    await using proxy = await startTestProxy();
    await proxy.addBackend('phoenix', port);
    first.kill();
    await eventually(async () => (await proxy.call('GET', '/v1/backends/phoenix')).body['health'] === 'down');
    await using _second = await startProcess({ args, readyLine: /listening/ });
    await eventually(async () => (await proxy.call('GET', '/v1/backends/phoenix')).body['health'] === 'up');
    expect((await ask(proxy.port, 'x')).bytes.toString()).toBe('phoenix:x');
  });

  it('tries another backend when a connect fails, and counts it', async () => {
    const deadPort = await freePort();
    await using alive = await startEcho('alive:');
    // The checks claim that all is well, so only the connects themselves can find out.
    await using proxy = await startTestProxy({
      config: { ejectAfterFailures: 0 },
      probe: (host) => Promise.resolve({ address: host, check: { ok: true, tookMs: 1 } }),
    });
    await proxy.addBackend('dead', deadPort);
    await proxy.addBackend('alive', alive.port);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(proxy.port, 'x')));
    expect(answers.map((answer) => answer.bytes.toString())).toEqual(answers.map(() => 'alive:x'));
    const { failedConnects, totalConnections } = (await proxy.call('GET', '/v1/backends/dead')).body;
    expect(failedConnects).toBeGreaterThan(0);
    expect(totalConnections).toBe(0);
    expect((await readStats(proxy))['connections']).toMatchObject({ total: 10, retried: failedConnects });
  });

  it('ejects a backend whose connects keep failing although its checks succeed', async () => {
    const deadPort = await freePort();
    await using alive = await startEcho('alive:');
    await using proxy = await startTestProxy({
      config: { ejectAfterFailures: 2, ejectMs: 60_000, workers: 1 },
      probe: (host) => Promise.resolve({ address: host, check: { ok: true, tookMs: 1 } }),
    });
    await proxy.addBackend('dead', deadPort);
    await proxy.addBackend('alive', alive.port);
    for (let turn = 0; turn < 6; turn += 1) await ask(proxy.port, 'x');
    const { body } = await proxy.call('GET', '/v1/backends/dead');
    expect(body).toMatchObject({ health: 'ejected', eligible: false });
    expect(Number(body['failedConnects'])).toBeLessThanOrEqual(4);
  });

  it('refuses with a reset, and says why in the counters, when every try failed', async () => {
    const [one, two] = [await freePort(), await freePort()];
    await using proxy = await startTestProxy({
      config: { ejectAfterFailures: 0, connectRetries: 1, queueTimeoutMs: 100 },
      probe: (host) => Promise.resolve({ address: host, check: { ok: true, tookMs: 1 } }),
    });
    await proxy.addBackend('one', one);
    await proxy.addBackend('two', two);
    expect((await new TestClient(proxy.port).over()).how).toBe('ECONNRESET');
    expect((await readStats(proxy))['refused']).toMatchObject({ 'connect-failed': 1 });
    await proxy.idle();
  });
});
