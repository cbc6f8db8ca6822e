import { decodeMembers, encodeMembers } from '../swim/swim-codec.ts';
import type { Member } from '../swim/swim-types.ts';
import { ByteReader } from '../wire/byte-reader.ts';
import { ByteWriter } from '../wire/byte-writer.ts';
import { WireError } from '../wire/wire-error.ts';

/** What members say to each other over streams: one question and one answer a stream. */
export type PeerMessage =
  /** "Are you this member?" */
  | { readonly type: 'probe'; readonly target: string }
  /** The whole state of the asker; the answer is that of the asked. */
  | { readonly type: 'sync'; readonly members: readonly Member[] }
  | { readonly type: 'broadcast'; readonly id: string; readonly from: string; readonly text: string }
  /** "Do you hold the same members live, in the same lives?" */
  | { readonly type: 'compare'; readonly digest: number }
  /** Yes; or: the broadcast has been handed over. */
  | { readonly type: 'ok' }
  /** No; or: the broadcast could not be handed over. */
  | { readonly type: 'no' };

/** The longest text of a broadcast. */
export const maxBroadcastBytes = 256 * 1024;

const types: readonly PeerMessage['type'][] = ['probe', 'sync', 'broadcast', 'ok', 'no', 'compare'];
const maxIdBytes = 128;

export function encodePeerMessage(message: PeerMessage): Uint8Array {
  const writer = new ByteWriter().byte(types.indexOf(message.type));
  if (message.type === 'probe') writer.string(message.target);
  else if (message.type === 'sync') writer.raw(encodeMembers(message.members));
  else if (message.type === 'compare') writer.varint(message.digest);
  else if (message.type === 'broadcast') writer.string(message.id).string(message.from).string(message.text);
  return writer.finish();
}

/** @throws WireError */
export function decodePeerMessage(bytes: Uint8Array): PeerMessage {
  const reader = new ByteReader(bytes);
  const type = types[reader.byte()];
  if (type === undefined) throw new WireError('malformed', 'unknown kind of message');
  if (type === 'sync') return { type, members: decodeMembers(reader.raw(reader.remaining)) };
  const message = readFields(type, reader);
  reader.finish();
  return message;
}

function readFields(type: Exclude<PeerMessage['type'], 'sync'>, reader: ByteReader): PeerMessage {
  if (type === 'compare') return { type, digest: reader.varint() };
  if (type === 'probe') return { type, target: reader.string(maxIdBytes) };
  if (type !== 'broadcast') return { type };
  const id = reader.string(maxIdBytes);
  const from = reader.string(maxIdBytes);
  return { type, id, from, text: reader.string(maxBroadcastBytes) };
}
