import { ConfigError } from '@hanok/service-kit';
import { eventually, freePort } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { MAX_ANSWER_BYTES } from '../../src/pool/answer-check.ts';
import { parseCheckPlan, probeFor } from '../../src/pool/check-plan.ts';
import { startServer, type TestServer } from '../fixtures/tcp.ts';
import { startTestProxy, testConfig } from '../fixtures/test-proxy.ts';

type Settings = Parameters<typeof testConfig>[0];

async function check(server: Pick<TestServer, 'port'>, settings: Settings, timeoutMs = 5_000) {
  const probe = probeFor(parseCheckPlan(testConfig(settings)));
  return (await probe('127.0.0.1', server.port, timeoutMs)).check;
}

/** Answers every request with these bytes, in two parts, and goes on listening. */
function startAnswering(answer: string): Promise<TestServer> {
  return startServer((socket) => {
    socket.setNoDelay(true);
    socket.once('data', () => {
      socket.write(answer.slice(0, 5), () => setImmediate(() => socket.write(answer.slice(5))));
    });
  });
}

describe('HTTP checks', () => {
  const http = { checkKind: 'http', checkHttpPath: '/healthz?deep=1' } as const;

  it('asks for the path and takes a status in the range', async () => {
    let asked = '';
    await using server = await startServer((socket) => {
      socket.on('data', (chunk) => {
        asked += chunk.toString();
        if (asked.endsWith('\r\n\r\n')) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
    expect(await check(server, http)).toMatchObject({ ok: true });
    expect(asked).toMatch(/^GET \/healthz\?deep=1 HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/);
  });

  it.each([
    ['HTTP/1.1 503 Service Unavailable\r\n\r\n', {}, /HTTP status 503/],
    ['HTTP/1.1 204 No Content\r\n\r\n', { checkHttpStatus: '200' }, /HTTP status 204/],
    ['SSH-2.0-OpenSSH_9.2\r\n', {}, /does not speak HTTP/],
  ])('does not take %j', async (answer, more, detail) => {
    await using server = await startAnswering(answer);
    expect(await check(server, { ...http, ...more })).toMatchObject({
      ok: false,
      reason: 'no-answer',
      detail: expect.stringMatching(detail),
    });
  });

  it('gives up in time on one that says nothing, and tells one that closes and one that refuses', async () => {
    await using silent = await startServer(() => undefined);
    expect(await check(silent, http, 100)).toMatchObject({ ok: false, detail: 'no answer in 100 ms' });
    for (const socket of silent.sockets) socket.resume();
    await eventually(() => silent.sockets.every((socket) => socket.destroyed || socket.readableEnded));
    await using closing = await startServer((socket) => socket.end());
    expect(await check(closing, http)).toMatchObject({ ok: false, reason: 'no-answer' });
    expect(await check({ port: await freePort() }, http)).toMatchObject({ ok: false, reason: 'refused' });
  });
});

describe('send and expect checks', () => {
  const ping = { checkKind: 'send-expect', checkSend: 'PING\\r\\n', checkExpect: '+PONG\\x0d\\n' } as const;

  it('takes an answer that contains what is expected, also when it comes in parts', async () => {
    let sent = '';
    await using server = await startServer((socket) => {
      socket.once('data', (chunk) => {
        sent = chunk.toString();
        socket.write('hello +PO', () => setImmediate(() => socket.write('NG\r\nand more')));
      });
    });
    expect(await check(server, ping)).toMatchObject({ ok: true });
    expect(sent).toBe('PING\r\n');
  });

  it('sends nothing when there is nothing to send: some servers speak first', async () => {
    await using server = await startServer((socket) => socket.write('220 ready'));
    expect(await check(server, { ...ping, checkSend: '', checkExpect: '220' })).toMatchObject({ ok: true });
  });

  it('reads no more than a bounded share of a wrong answer', async () => {
    await using server = await startServer((socket) => socket.write('x'.repeat(10 * MAX_ANSWER_BYTES)));
    expect(await check(server, ping)).toMatchObject({ ok: false, detail: /first 4096 bytes/ });
  });

  it.each([
    [{ checkKind: 'send-expect', checkExpect: '' }, 'CHECK_EXPECT'],
    [{ checkKind: 'send-expect', checkExpect: 'a\\q' }, 'CHECK_EXPECT'],
    [{ checkKind: 'send-expect', checkExpect: 'a', checkSend: 'a\\' }, 'CHECK_SEND'],
    [{ checkKind: 'http', checkHttpStatus: '399-200' }, 'CHECK_HTTP_STATUS'],
  ] as const)('refuses settings that make no sense: %j', (settings, name) => {
    const parse = () => parseCheckPlan(testConfig(settings));
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(name);
  });
});

it('takes a backend out that still accepts connections but answers its checks badly', async () => {
  let status = '200 OK';
  await using server = await startServer((socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 ${status}\r\n\r\n`));
  });
  await using proxy = await startTestProxy({ config: { checkKind: 'http', panicPercent: 0 } });
  await proxy.addBackend('a', server.port);
  status = '503 Service Unavailable';
  const state = async () => (await proxy.call('GET', '/v1/backends/a')).body;
  await eventually(async () => expect(await state()).toMatchObject({ health: 'down', eligible: false }));
  status = '200 OK';
  await eventually(async () => expect(await state()).toMatchObject({ health: 'up', eligible: true }));
});
