import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeConfiguration } from '../../../src/raft/configuration.ts';
import { decodeClusterMessage, encodeClusterMessage } from '../../../src/raft/node/cluster-message.ts';
import type { ClusterMessage } from '../../../src/raft/node/cluster-message.ts';
import { WireError } from '../../../src/wire/wire-error.ts';

const configuration = [
  { id: 'n1', host: '10.0.0.1', port: 7101, storageId: 'disk', voting: true },
  { id: 'n4', host: '::1', port: 1, storageId: null, voting: false },
];
const base = { from: 'n1', term: 7, storageId: 'disk' } as const;
const snapshot = { index: 9, term: 3, configuration, data: '{"ünïcode":"✓"}' };
const entries = [
  { index: 4, term: 2, kind: 'command', data: '{"op":"put"}' },
  { index: 5, term: 3, kind: 'noop', data: '' },
  { index: 6, term: 3, kind: 'config', data: encodeConfiguration(configuration) },
] as const;

const messages: ClusterMessage[] = [
  { kind: 'hello', from: 'n1', to: 'n2', host: '10.0.0.1', port: 7101 },
  { kind: 'request', id: 3, topic: 'leader', payload: '{}' },
  { kind: 'response', id: 3, ok: false, payload: 'why' },
  {
    kind: 'raft',
    message: { ...base, type: 'voteRequest', pre: true, forced: false, lastIndex: 4, lastTerm: 2 },
  },
  { kind: 'raft', message: { ...base, type: 'voteResponse', pre: false, granted: true } },
  {
    kind: 'raft',
    message: { ...base, type: 'append', prevIndex: 3, prevTerm: 2, entries, commit: 3, sentAt: 12.5 },
  },
  {
    kind: 'raft',
    message: {
      ...base,
      type: 'appendResponse',
      ok: false,
      index: 3,
      hintIndex: 2,
      hintTerm: 1,
      sentAt: 12.5,
    },
  },
  { kind: 'raft', message: { ...base, type: 'heartbeat', commit: 3, commitTerm: 2, sentAt: 12.5 } },
  { kind: 'raft', message: { ...base, type: 'heartbeatResponse', sentAt: Number.NEGATIVE_INFINITY } },
  { kind: 'raft', message: { ...base, type: 'snapshot', snapshot, sentAt: 0 } },
  { kind: 'raft', message: { ...base, type: 'timeoutNow' } },
];

describe('messages between voters', () => {
  test.each(
    messages.map((message) => [message.kind === 'raft' ? message.message.type : message.kind, message]),
  )('%s comes back as it was', (_name, message) => {
    expect(decodeClusterMessage(encodeClusterMessage(message))).toEqual(message);
  });

  test('a clock reading never comes back later than it was: the lease would be too long', () => {
    const holds = fc.check(
      fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), (sentAt) => {
        const sent: ClusterMessage = {
          kind: 'raft',
          message: { ...base, type: 'heartbeatResponse', sentAt },
        };
        const back = decodeClusterMessage(encodeClusterMessage(sent));
        const read =
          back.kind === 'raft' && back.message.type === 'heartbeatResponse' ? back.message.sentAt : NaN;
        return read <= sentAt && sentAt - read < 0.0011;
      }),
    );
    expect(holds.counterexample).toBeNull();
  });

  test('entries that do not follow each other are refused', () => {
    const [first, , third] = entries;
    const message = { ...base, type: 'append', prevIndex: 3, prevTerm: 2, commit: 3, sentAt: 0 } as const;
    const bytes = encodeClusterMessage({ kind: 'raft', message: { ...message, entries: [first, third] } });
    expect(() => decodeClusterMessage(bytes)).toThrow(/follow each other/);
  });

  test('bytes that are no message are refused with a WireError, whatever they are', () => {
    const whole = messages.map((message) => Buffer.from(encodeClusterMessage(message)));
    const damaged = fc
      .tuple(fc.constantFrom(...whole), fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat())
      .map(([bytes, at, value, length]) => {
        const copy = Buffer.from(bytes);
        copy[at % copy.length] = value;
        return copy.subarray(0, length % (copy.length + 1));
      });
    const holds = fc.check(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        try {
          decodeClusterMessage(bytes);
        } catch (error) {
          if (!(error instanceof WireError)) throw error;
        }
      }),
      { numRuns: 2_000 },
    );
    expect(holds.counterexample).toBeNull();
  });
});
