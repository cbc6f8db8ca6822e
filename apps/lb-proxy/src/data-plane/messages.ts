import type { StrategyName } from '@hanok/strategies';
import type { ConnectionTrace } from './connection-trace.ts';
import type { FrozenConnection } from '../relay/frozen-connection.ts';
import type { Endpoint, ListenSettings, RelaySettings } from '../relay/relay-engine.ts';
import type { ProxySettings } from '../proxy-protocol/proxy-policy.ts';
import type { TlsCertificate } from '../tls/read-certificates.ts';
import type { TlsSettings } from '../tls/tls-terminator.ts';
import type { RouteSettings } from '../routing/route-policy.ts';
import type { PoolRulesByName } from './pool-rules.ts';
import type { SharedStateShape } from './shared-state.ts';
import type { WorkerAnswer, WorkerQuestion } from './worker-questions.ts';
import type { SourceLimits } from './source-table.ts';

/** Where the backend in a slot is reached. Tells one backend of a reused slot from the next. */
export interface SlotEndpoint extends Endpoint {
  readonly slot: number;
  /** The slot's `version` in the table while this backend has it. */
  readonly version: number;
  /** Its pool; empty: the default one. */
  readonly pool: string;
}

/** A connection that is held still, and the backend it is with (or NO_BACKEND). */
export interface FrozenSession {
  readonly slot: number;
  /** Wall clock, ms since the epoch. */
  readonly openedAtMs: number;
  /** Relayed since then. */
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
  readonly frozen: FrozenConnection;
}

/** A connection of another process to go on with, and the backend's slot here. */
export interface Adopted extends FrozenSession {
  readonly version: number;
}

/** Limits a worker enforces on the clients of all pools together. */
export interface AdmissionSettings {
  /** Client connections open at once over all workers; 0: no limit. */
  readonly maxConnections: number;
  readonly sourceLimits: SourceLimits;
  /** Clients that may wait for a backend, over all workers; 0: none waits. */
  readonly queueSize: number;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly index: number;
  readonly shape: SharedStateShape;
  readonly buffer: SharedArrayBuffer;
  /** Of the source table; null when no limit needs it. */
  readonly sources: SharedArrayBuffer | null;
  readonly listen: ListenSettings;
  readonly relay: RelaySettings;
  /** Ledger of the descriptors of an engine by system calls; null for the `portable` engine. */
  readonly descriptors: SharedArrayBuffer | null;
  /** Such an engine is `uring`, not `linux`. */
  readonly readsInBatches: boolean;
  readonly admission: AdmissionSettings;
  readonly proxyProtocol: ProxySettings;
  readonly routing: RouteSettings;
  /** Null: TLS is not terminated. */
  readonly tls: TlsSettings | null;
  readonly pools: PoolRulesByName;
  readonly endpoints: readonly SlotEndpoint[];
  /** Whether it tells what happened to each connection. */
  readonly traces: boolean;
}

/** From the main thread to a worker. */
export type WorkerCommand =
  | WorkerQuestion
  | { readonly type: 'endpoint'; readonly endpoint: SlotEndpoint }
  | { readonly type: 'strategy'; readonly pool: string; readonly name: StrategyName }
  | { readonly type: 'certificates'; readonly certificates: readonly TlsCertificate[] }
  /** The table was published anew: waiting clients may have a backend now. */
  | { readonly type: 'changed' }
  | { readonly type: 'close-backend'; readonly slot: number }
  /** Leave clients with the kernel, or accept them again. */
  | { readonly type: 'pause-listener'; readonly paused: boolean }
  /** Hold connections still, so many and with so many pending bytes at most; `frozen` follows. */
  | { readonly type: 'freeze'; readonly maxConnections: number; readonly maxBytes: number }
  /** What is frozen has another process, or goes on here. */
  | { readonly type: 'settle'; readonly moved: boolean }
  /** Go on with connections of another process. */
  | { readonly type: 'adopt'; readonly connections: readonly Adopted[] }
  /** Accept again on this port after `close-listener`, as soon as that is possible; `listening` follows. */
  | { readonly type: 'open-listener'; readonly port: number }
  /** Accept no more; `closed` follows. */
  | { readonly type: 'close-listener' }
  /** Accept no more and refuse who waits; `drained` follows when the last relay has ended. */
  | { readonly type: 'drain'; readonly deadlineMs: number };

/** From a worker to the main thread. */
export type WorkerReport =
  | WorkerAnswer
  | {
      readonly type: 'listening';
      readonly port: number;
      /** Its listening sockets; empty when they cannot be moved. */
      readonly descriptors: readonly number[];
    }
  | { readonly type: 'cannot-listen'; readonly code: string; readonly message: string }
  /** So many connects in a row failed; `code` is the last failure's. */
  | { readonly type: 'backend-failing'; readonly slot: number; readonly code: string }
  /** A connection is over. */
  | { readonly type: 'traced'; readonly trace: ConnectionTrace }
  | { readonly type: 'frozen'; readonly sessions: readonly FrozenSession[] }
  | { readonly type: 'closed' }
  | { readonly type: 'drained' };

/** Failures of a connect that are this machine's, not the backend's. */
export const LOCAL_FAILURES: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
]);
