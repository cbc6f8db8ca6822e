import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@hanok/service-kit';
import { seededRng } from '@hanok/testkit';
import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { MalformedEventError, parseNodeList, parseRegistryEvent } from '../../src/client/registry-event.ts';
import { EtcdError } from '../../src/etcd/etcd-error.ts';
import { EtcdGateway } from '../../src/etcd/etcd-gateway.ts';
import { childOf, childrenOf, encodeText, keyOf } from '../../src/etcd/etcd-json.ts';
import { parseEtcdUrl } from '../../src/etcd/etcd-url.ts';
import { decodeBroadcast, decodeNode, encodeNode } from '../../src/etcd/registry-records.ts';
import { fuzzRuns, fuzzSeed, mutate } from './mutate.ts';

const node = {
  id: 'player-1',
  service: 'player-service',
  host: '127.0.0.1',
  port: 8_001,
  state: 'ready',
  role: 'worker',
  alive: true,
  ttlMs: 15_000,
  metadata: { zone: 'a' },
  revision: 42,
  registeredAt: '2026-01-01T00:00:00.000Z',
} as const;

const events = [
  { event: 'node', data: { type: 'registered', node, revision: 42 } },
  { event: 'snapshot', data: { nodes: [node, node], revision: 42 } },
  { event: 'leader', data: { leaderId: 'coordinator-1', term: 7 } },
  { event: 'broadcast', data: { id: 'b', from: 'x', message: { a: [1] }, at: node.registeredAt } },
  { event: 'cutoff', data: { reason: 'slow-reader' } },
].map(({ event, data }) => Buffer.from(`id: 42\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));

describe('server-sent events (seeded)', () => {
  it('are taken or refused with a MalformedEventError', { timeout: 3_600_000 }, () => {
    const rng = seededRng(`${fuzzSeed} events`);
    let taken = 0;
    for (let run = 0; run < fuzzRuns; run += 1) {
      const bytes = mutate(events[run % events.length] ?? Buffer.alloc(0), rng);
      const parser = createParser({
        onEvent: (event) => {
          try {
            parseRegistryEvent(event.event, event.data);
            taken += 1;
          } catch (error) {
            if (error instanceof MalformedEventError) return;
            throw new Error(`run ${run} of ${fuzzSeed}: ${bytes.toString('latin1')}`, { cause: error });
          }
        },
      });
      parser.feed(bytes.toString('utf8'));
    }
    expect(taken).toBeGreaterThan(0);
  });
});

describe('lists of nodes (seeded)', () => {
  it('are taken or refused with a MalformedEventError', { timeout: 3_600_000 }, () => {
    const rng = seededRng(`${fuzzSeed} lists`);
    const right = [[], [node, node]].map((items) =>
      Buffer.from(JSON.stringify({ items, nextCursor: null, revision: 42, stale: false })),
    );
    const outcomes = { taken: 0, refused: 0 };
    for (let run = 0; run < fuzzRuns; run += 1) {
      const bytes = mutate(right[run % right.length] ?? Buffer.alloc(0), rng);
      try {
        parseNodeList(bytes.toString());
        outcomes.taken += 1;
      } catch (error) {
        if (!(error instanceof MalformedEventError)) {
          throw new Error(`run ${run} of ${fuzzSeed}: ${bytes.toString('latin1')}`, { cause: error });
        }
        outcomes.refused += 1;
      }
    }
    expect(Math.min(outcomes.taken, outcomes.refused)).toBeGreaterThan(0);
  });
});

const record = { registeredAt: node.registeredAt, isRemoved: false, writeId: 'w' };
const kv = {
  key: encodeText('/hanok/nodes/player-1'),
  value: encodeText(encodeNode(node, record)),
  create_revision: '7',
  mod_revision: '9',
  lease: '7587871234567890123',
};
const watched = [
  {
    result: {
      header: { revision: '9' },
      events: [
        { kv, prev_kv: kv },
        { type: 'DELETE', kv },
      ],
    },
  },
  { result: { created: true, header: { revision: '9' } } },
  { result: { canceled: true, compact_revision: '5' } },
  { error: { grpc_code: 14, message: 'unavailable' } },
].map((line) => Buffer.from(`${JSON.stringify(line)}\n`));

describe('lines of etcd (seeded)', () => {
  it('are taken or refused with an EtcdError', { timeout: 3_600_000 }, async () => {
    const rng = seededRng(`${fuzzSeed} lines`);
    const runs = Math.max(300, Math.floor(fuzzRuns / 10));
    let bytes: Buffer = Buffer.alloc(0);
    const server = createServer((_request, response) => response.end(bytes));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const address = parseEtcdUrl(`etcd://127.0.0.1:${port}`, '/hanok/');
    const gateway = new EtcdGateway({ address, clock: systemClock });
    const outcomes = { ended: 0, refused: 0 };
    for (let run = 0; run < runs; run += 1) {
      const parts = Array.from({ length: 3 }, (_, index) => watched[(run + index) % watched.length] ?? bytes);
      bytes = mutate(Buffer.concat(parts), rng);
      try {
        // What the mirror reads of each message.
        await gateway.follow(
          '/watch',
          {},
          (message) => {
            for (const event of childrenOf(message, 'events')) {
              const key = keyOf(childOf(event, 'kv'));
              decodeNode(key);
              decodeBroadcast(key);
            }
          },
          new AbortController().signal,
        );
        outcomes.ended += 1;
      } catch (error) {
        if (!(error instanceof EtcdError)) {
          throw new Error(`run ${run} of ${fuzzSeed}: ${bytes.toString('latin1')}`, { cause: error });
        }
        outcomes.refused += 1;
      }
    }
    server.close();
    expect(outcomes.refused).toBeGreaterThan(runs / 4);
  });
});
