import type { FrozenSession } from '../data-plane/messages.ts';
import type { BackendSpec } from '../pool/backend.ts';
import type { FrozenConnection, FrozenLeg } from '../relay/frozen-connection.ts';

/** Both sides must speak the same version: an unknown one is refused, and nothing is handed over. */
export const UPGRADE_VERSION = 1;

/** A backend as the earlier process knew it. */
export interface InheritedBackend {
  readonly spec: BackendSpec;
  /** IP address in use; null when it was not known to be healthy. */
  readonly upAt: string | null;
}

/** A listener of an earlier process. */
export interface InheritedListener {
  readonly name: string;
  /** The configured address. */
  readonly listen: string;
  readonly port: number;
  readonly backends: readonly InheritedBackend[];
  /** Listening sockets; empty when they cannot be moved, and then the port is shared for a while. */
  readonly descriptors: readonly number[];
}

/** Which backend a connection is with, over the border of a process. */
export interface BackendIdentity {
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

type PackedLeg = Omit<FrozenLeg, 'descriptor' | 'pending'> & { readonly pending: string | null };

/** A connection in a message; its descriptors travel beside it, the client's first. */
export interface PackedConnection extends Omit<FrozenSession, 'slot' | 'frozen'> {
  readonly frozen: PackedState;
  readonly with: BackendIdentity | null;
}

interface PackedState extends Omit<FrozenConnection, 'client' | 'backend'> {
  readonly client: PackedLeg | null;
  readonly backend: PackedLeg | null;
}

/** From the process that starts to the one that runs. */
export type SuccessorMessage =
  | {
      readonly type: 'hello';
      readonly version: number;
      readonly movesConnections: boolean;
      /** It cannot share ports: they must be let go of before it is told of the listeners. */
      readonly needsPorts?: boolean;
    }
  /** The listeners are open here and from now on this process's; those named can go on with connections, too. */
  | { readonly type: 'owns'; readonly moving: readonly string[] }
  /** The connections of the last message are this process's now. */
  | { readonly type: 'taken' }
  /** They could not be taken, and stay where they are. */
  | { readonly type: 'left' };

/** From the process that runs to the one that starts. */
export type PredecessorMessage =
  | { readonly type: 'listener'; readonly listener: Omit<InheritedListener, 'descriptors'> }
  | { readonly type: 'listeners-told' }
  | { readonly type: 'refused'; readonly why: string }
  | {
      readonly type: 'connections';
      readonly listener: string;
      readonly connections: readonly PackedConnection[];
    }
  /** The admin port is free; so many connections stay behind. */
  | { readonly type: 'done'; readonly moved: number; readonly staying: number };

/** A connection as a message holds it, and its descriptors. */
export function pack(
  { openedAtMs, bytesToBackend, bytesToClient, frozen }: FrozenSession,
  backend: BackendIdentity | null,
): { connection: PackedConnection; descriptors: number[] } {
  const legs = [frozen.client, frozen.backend].filter((leg) => leg !== null);
  return {
    connection: {
      openedAtMs,
      bytesToBackend,
      bytesToClient,
      frozen: { ...frozen, client: packLeg(frozen.client), backend: packLeg(frozen.backend) },
      with: backend,
    },
    descriptors: legs.map(({ descriptor }) => descriptor),
  };
}

/**
 * The connections of a message, with their descriptors as they are numbered here.
 * @throws Error when there are not as many descriptors as the connections have sides
 */
export function unpack(
  packed: readonly PackedConnection[],
  descriptors: readonly number[],
): { session: Omit<FrozenSession, 'slot'>; backend: BackendIdentity | null }[] {
  let next = 0;
  const take = (leg: PackedLeg | null): FrozenLeg | null => {
    if (leg === null) return null;
    const descriptor = descriptors[next];
    next += 1;
    if (descriptor === undefined) throw new Error('a connection came without its descriptors');
    return { ...leg, descriptor, pending: leg.pending === null ? null : Buffer.from(leg.pending, 'base64') };
  };
  const connections = packed.map(({ frozen, with: backend, ...rest }) => ({
    session: { ...rest, frozen: { ...frozen, client: take(frozen.client), backend: take(frozen.backend) } },
    backend,
  }));
  if (next !== descriptors.length) throw new Error('descriptors came without their connections');
  return connections;
}

function packLeg(leg: FrozenLeg | null): PackedLeg | null {
  if (leg === null) return null;
  const { paused, readEnded, finishing, closeWhenFlushed, pending } = leg;
  return {
    paused,
    readEnded,
    finishing,
    closeWhenFlushed,
    pending: pending === null ? null : Buffer.from(pending).toString('base64'),
  };
}
