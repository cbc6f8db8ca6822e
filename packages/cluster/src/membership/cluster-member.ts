import { maxMetadataBytes, type Liveness, type Member } from '../swim/swim-types.ts';
import { MembershipError } from './membership-error.ts';

/** A member of the cluster, as this one knows it. */
export interface ClusterMember {
  readonly id: string;
  readonly host: string;
  /** UDP for gossip and TCP for streams. */
  readonly port: number;
  /** The chapter's "alive nodes" are those `alive` and `suspect`: a suspect is alive until it is held dead. */
  readonly state: Liveness;
  /** Free text by key; at most 512 bytes as JSON. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Rises with each start of the member, each change of its metadata, and each doubt it refuted. */
  readonly incarnation: number;
}

export function toClusterMember({ id, address, liveness, metadata, incarnation }: Member): ClusterMember {
  return { id, ...address, state: liveness, metadata: decodeMetadata(metadata), incarnation };
}

/** @throws MembershipError `bad-request` above 512 bytes. */
export function encodeMetadata(metadata: Readonly<Record<string, string>>): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(metadata));
  if (bytes.length > maxMetadataBytes) {
    throw new MembershipError(
      'bad-request',
      `metadata: must be at most ${maxMetadataBytes} bytes as JSON, not ${bytes.length}`,
    );
  }
  return bytes;
}

/** What a member of another kind says may be anything: what is not text by key is left out. */
function decodeMetadata(bytes: Uint8Array): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
