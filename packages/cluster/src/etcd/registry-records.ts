import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Broadcast, Registration, RegistryNode } from '../registry/registry-types.ts';
import type { EtcdKey } from './etcd-json.ts';

const nodeRecord = Type.Object({
  id: Type.String(),
  service: Type.String(),
  host: Type.String(),
  port: Type.Integer(),
  state: Type.Union([Type.Literal('starting'), Type.Literal('ready'), Type.Literal('draining')]),
  ttlMs: Type.Integer(),
  metadata: Type.Record(Type.String(), Type.String()),
  registeredAt: Type.String(),
  isRemoved: Type.Boolean(),
  writeId: Type.String(),
});

const broadcastRecord = Type.Object({
  id: Type.String(),
  from: Type.String(),
  message: Type.Unknown(),
  at: Type.String(),
});

type NodeRecord = Static<typeof nodeRecord>;

/** A registration as etcd keeps it. */
export interface KeptNode {
  readonly node: RegistryNode;
  /** Marked as removed on purpose; its key is about to go. */
  readonly isRemoved: boolean;
  /** Of the write that put it there; new with each. */
  readonly writeId: string;
  readonly lease: string;
}

export function encodeNode(
  registration: Registration,
  more: Pick<NodeRecord, 'registeredAt' | 'isRemoved' | 'writeId'>,
): string {
  const { id, service, host, port, state, ttlMs, metadata } = registration;
  const record: NodeRecord = { id, service, host, port, state, ttlMs, metadata: { ...metadata }, ...more };
  return JSON.stringify(record);
}

/** @returns null for something else that was put under the key. */
export function decodeNode({ value, modRevision, lease }: EtcdKey): KeptNode | null {
  const record = parse(value);
  if (!Value.Check(nodeRecord, record)) return null;
  const { isRemoved, writeId, ...rest } = record;
  return { node: { ...rest, revision: modRevision }, isRemoved, writeId, lease };
}

export function encodeBroadcast(broadcast: Broadcast): string {
  return JSON.stringify(broadcast);
}

/** @returns null for something else that was put under the key. */
export function decodeBroadcast({ value }: EtcdKey): Broadcast | null {
  const record = parse(value);
  return Value.Check(broadcastRecord, record) ? record : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
