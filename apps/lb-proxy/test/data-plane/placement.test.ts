import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ask, startEcho, TestClient } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

describe('where connections go', () => {
  it('takes backends in turn by default', async () => {
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using proxy = await startTestProxy();
    await proxy.addBackend('a', a.port);
    await proxy.addBackend('b', b.port);
    const answers: string[] = [];
    for (let turn = 0; turn < 6; turn += 1) answers.push((await ask(proxy.port, 'x')).bytes.toString());
    expect(answers.filter((answer) => answer === 'a:x')).toHaveLength(3);
    expect(answers.filter((answer) => answer === 'b:x')).toHaveLength(3);
    await proxy.idle();
    const { body } = await proxy.call('GET', '/v1/backends/a');
    expect(body).toMatchObject({ totalConnections: 3, activeConnections: 0, failedConnects: 0 });
    expect(body['averageResponseTimeMs']).toBeGreaterThan(0);
  });

  it('switches the strategy at run time without touching open connections', async () => {
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using proxy = await startTestProxy();
    await proxy.addBackend('a', a.port);
    await proxy.addBackend('b', b.port);
    const clients = Array.from({ length: 6 }, () => new TestClient(proxy.port).write('1'));
    await eventually(() => clients.every((client) => client.text !== ''));
    const homes = clients.map((client) => client.text[0]);
    for (const name of ['maglev', 'least-connections', 'weighted-response-time']) {
      expect((await proxy.call('PUT', '/v1/strategy', { name })).status).toBe(200);
      for (const client of clients) client.write('2');
    }
    await eventually(() => clients.every((client) => client.text.split('2').length === 4));
    clients.forEach((client, index) => {
      expect(new Set(client.text.match(/[ab](?=:)/g))).toEqual(new Set([homes[index]]));
    });
    await Promise.all(clients.map((client) => client.close()));
    await proxy.idle();
  });

  it('keeps a client address at one backend with maglev', async () => {
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using proxy = await startTestProxy({ config: { strategy: 'maglev' } });
    await proxy.addBackend('a', a.port);
    await proxy.addBackend('b', b.port);
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(proxy.port, 'x')));
    expect(new Set(answers.map((answer) => answer.bytes.toString())).size).toBe(1);
  });

  it('fills backends by least connections across workers', async () => {
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using proxy = await startTestProxy({ config: { strategy: 'least-connections' } });
    await proxy.addBackend('a', a.port);
    await proxy.addBackend('b', b.port);
    const clients: TestClient[] = [];
    for (let index = 0; index < 20; index += 1) {
      const client = new TestClient(proxy.port).write('x');
      clients.push(client);
      await eventually(() => client.text !== '');
    }
    const onA = clients.filter((client) => client.text.startsWith('a')).length;
    expect(onA).toBe(10);
    await Promise.all(clients.map((client) => client.close()));
    await proxy.idle();
  });
});
