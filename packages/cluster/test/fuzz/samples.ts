import { encodePeerMessage, type PeerMessage } from '../../src/membership/peer-message.ts';
import { encodeConfiguration } from '../../src/raft/configuration.ts';
import { encodeClusterMessage, type ClusterMessage } from '../../src/raft/node/cluster-message.ts';
import type { Entry, RaftMessage, Snapshot } from '../../src/raft/raft-types.ts';
import { encodePacket } from '../../src/swim/swim-codec.ts';
import type { Member, Packet, Update } from '../../src/swim/swim-types.ts';

const metadata = Buffer.from('{"zone":"a"}');
const address = { host: '10.0.0.1', port: 7_101 };

const updates: readonly Update[] = [
  { type: 'alive', id: 'one', incarnation: 3, address, metadata },
  { type: 'suspect', id: 'two', incarnation: 200, from: 'one' },
  { type: 'dead', id: 'thrée', incarnation: 70_000, from: 'two' },
  { type: 'left', id: 'four', incarnation: 0 },
];

const packets: readonly Packet[] = [
  { message: { type: 'ping', seq: 1, target: 'one', from: 'two' }, updates },
  { message: { type: 'ack', seq: 2 ** 32 - 1 }, updates: updates.slice(0, 1) },
  { message: { type: 'nack', seq: 300 }, updates: [] },
  {
    message: { type: 'ping-request', seq: 4, target: 'one', from: 'two', address },
    updates: updates.slice(2),
  },
  { message: { type: 'gossip' }, updates },
];

export const members: readonly Member[] = (['alive', 'suspect', 'dead', 'left'] as const).map(
  (liveness, index) => ({ id: `member-${index}`, liveness, incarnation: index * 1_000, address, metadata }),
);

const peerMessages: readonly PeerMessage[] = [
  { type: 'probe', target: 'one' },
  { type: 'sync', members },
  { type: 'broadcast', id: 'b-1', from: 'one', text: 'the dragon is awake ✓' },
  { type: 'ok' },
  { type: 'no' },
];

const configuration = [
  { id: 'n1', host: '10.0.0.1', port: 7_101, storageId: 'disk', voting: true },
  { id: 'n4', host: '::1', port: 1, storageId: null, voting: false },
];

export const entries: readonly Entry[] = [
  { index: 4, term: 2, kind: 'command', data: '{"op":"put"}' },
  { index: 5, term: 3, kind: 'noop', data: '' },
  { index: 6, term: 3, kind: 'config', data: encodeConfiguration(configuration) },
];

export const snapshot: Snapshot = { index: 3, term: 2, configuration, data: '{"ünïcode":"✓"}' };

const base = { from: 'n1', term: 7, storageId: 'disk' };
const raftMessages: readonly RaftMessage[] = [
  { ...base, type: 'voteRequest', pre: true, forced: false, lastIndex: 4, lastTerm: 2 },
  { ...base, type: 'voteResponse', pre: false, granted: true },
  { ...base, type: 'append', prevIndex: 3, prevTerm: 2, entries, commit: 3, sentAt: 12.5 },
  { ...base, type: 'appendResponse', ok: false, index: 3, hintIndex: 2, hintTerm: 1, sentAt: 12.5 },
  { ...base, type: 'heartbeat', commit: 3, commitTerm: 2, sentAt: 12.5 },
  { ...base, type: 'heartbeatResponse', sentAt: 1_000_000 },
  { ...base, type: 'snapshot', snapshot, sentAt: 0 },
  { ...base, type: 'timeoutNow' },
];

const clusterMessages: readonly ClusterMessage[] = [
  { kind: 'hello', from: 'n1', to: 'n2', host: '10.0.0.1', port: 7_101 },
  { kind: 'request', id: 3, topic: 'leader', payload: '{}' },
  { kind: 'response', id: 3, ok: false, payload: 'why' },
  ...raftMessages.map((message) => ({ kind: 'raft' as const, message })),
];

/** Right messages of every kind as they are on the wire. */
export const samples = {
  packets: packets.map(encodePacket),
  peerMessages: peerMessages.map(encodePeerMessage),
  clusterMessages: clusterMessages.map(encodeClusterMessage),
};
