import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STRATEGY_NAMES } from '@hanok/strategies';
import { startServer, TestClient, type TestServer } from '../fixtures/tcp.ts';
import { ENGINES, startTestProxy, type TestProxy } from '../fixtures/test-proxy.ts';

/** What one side does: chunks with pauses between them, and how it reads. */
const side = fc.record({
  chunks: fc.array(
    fc.record({
      sizeBytes: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 5_000 }) },
        { weight: 1, arbitrary: fc.integer({ min: 5_000, max: 600_000 }) },
      ),
      pauseMs: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.nat({ max: 5 }) },
      ),
    }),
    { maxLength: 12 },
  ),
  /** Pauses before it begins to read, so that the other side meets back-pressure. */
  readDelayMs: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.nat({ max: 30 }) },
  ),
  /** Finishes sending before the other side begins, or after. */
  finishesFirst: fc.boolean(),
});

type Side = typeof side extends fc.Arbitrary<infer S> ? S : never;

function contentOf(sizeBytes: number, seed: number): Buffer {
  const content = Buffer.allocUnsafe(sizeBytes);
  let state = seed | 1;
  for (let index = 0; index < sizeBytes; index += 1) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    content[index] = state >>> 24;
  }
  return content;
}

const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

async function play(
  script: Side,
  seed: number,
  write: (chunk: Buffer) => void,
  end: () => void,
): Promise<Buffer> {
  const sent: Buffer[] = [];
  for (const { sizeBytes, pauseMs } of script.chunks) {
    const chunk = contentOf(sizeBytes, seed + sent.length);
    sent.push(chunk);
    write(chunk);
    if (pauseMs > 0) await sleep(pauseMs);
  }
  end();
  return Buffer.concat(sent);
}

async function finishWith(
  sent: Promise<Buffer> | undefined,
  received: Buffer[],
  finish: (result: { sent: Buffer; received: Buffer }) => void,
): Promise<void> {
  finish({ sent: (await sent) ?? Buffer.alloc(0), received: Buffer.concat(received) });
}

describe.each(ENGINES)('what goes in comes out: %s', (relay) => {
  let proxy: TestProxy;
  let backend: TestServer;
  let session: { script: Side; seed: number; finish: (result: { sent: Buffer; received: Buffer }) => void };

  beforeAll(async () => {
    backend = await startServer((socket) => {
      const { script, seed, finish } = session;
      const received: Buffer[] = [];
      let sent: Promise<Buffer> | undefined;
      const start = (): void => {
        sent ??= play(
          script,
          seed,
          (chunk) => socket.write(chunk),
          () => socket.end(),
        );
      };
      socket.once('data', () => {
        if (script.finishesFirst) start();
      });
      socket.on('data', (chunk) => received.push(chunk));
      socket.on('end', () => {
        start();
        void finishWith(sent, received, finish);
      });
      socket.pause();
      setTimeout(() => socket.resume(), script.readDelayMs);
    });
    const unused = { chunks: [], readDelayMs: 0, finishesFirst: false };
    session = { script: unused, seed: 0, finish: () => undefined };
    // Checked once only: a health check is a connection, too, and would take part in the sessions.
    proxy = await startTestProxy({ config: { checkIntervalMs: 3_600_000, relayBufferBytes: 4_096, relay } });
    await proxy.addBackend('one', backend.port);
  });

  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await backend[Symbol.asyncDispose]();
  });

  it('in 60 random sessions of chunks, pauses, half-closes and slow readers, over every strategy', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(side, side, fc.nat(), async (clientScript, backendScript, seed) => {
        const name = STRATEGY_NAMES[round++ % STRATEGY_NAMES.length];
        await proxy.call('PUT', '/v1/strategy', { name });
        const atBackend = new Promise<{ sent: Buffer; received: Buffer }>((finish) => {
          session = { script: backendScript, seed: seed + 1_000, finish };
        });
        const client = new TestClient(proxy.port);
        client.socket.pause();
        setTimeout(() => client.socket.resume(), clientScript.readDelayMs);
        const sent = await play(
          clientScript,
          seed,
          (chunk) => client.write(chunk),
          () => client.end(),
        );
        const { how, bytes } = await client.over();
        const peer = await atBackend;
        expect(how).toBe('end');
        expect(digest(peer.received)).toBe(digest(sent));
        expect(digest(bytes)).toBe(digest(peer.sent));
      }),
      { numRuns: 60, endOnFailure: true },
    );
    await proxy.idle();
    const { body } = await proxy.call('GET', '/v1/stats');
    expect(body['ended']).toMatchObject({ finished: round, 'client-reset': 0, 'backend-reset': 0 });
  }, 60_000);

  it('counts the bytes it moves', async () => {
    const before = (await proxy.call('GET', '/v1/backends/one')).body;
    const script = { chunks: [{ sizeBytes: 70_000, pauseMs: 0 }], readDelayMs: 0, finishesFirst: false };
    const finished = new Promise((finish) => {
      session = { script, seed: 1, finish };
    });
    const client = new TestClient(proxy.port).write(contentOf(1_234, 5)).end();
    await Promise.all([client.over(), finished]);
    await proxy.idle();
    const after = (await proxy.call('GET', '/v1/backends/one')).body;
    expect(Number(after['bytesToBackend']) - Number(before['bytesToBackend'])).toBe(1_234);
    expect(Number(after['bytesToClient']) - Number(before['bytesToClient'])).toBe(70_000);
  });
});
