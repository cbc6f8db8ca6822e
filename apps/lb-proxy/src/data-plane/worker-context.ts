import type { ConnectionTrace } from './connection-trace.ts';
import type { AdmissionSettings } from './messages.ts';
import type { FailureWatch } from './failure-watch.ts';
import type { Placement } from './placement.ts';
import type { PoolRulesByName } from './pool-rules.ts';
import type { ProxyPolicy } from '../proxy-protocol/proxy-policy.ts';
import type { TlsTerminator } from '../tls/tls-terminator.ts';
import type { RoutePolicy } from '../routing/route-policy.ts';
import type { Refusal } from './outcomes.ts';
import type { Session } from './session.ts';
import type { BackendCounter, Outcome, SharedState } from './shared-state.ts';
import type { WaitingQueue } from './waiting-queue.ts';

/** What the sessions of one worker share. */
export interface WorkerContext {
  readonly state: SharedState;
  readonly admission: AdmissionSettings;
  readonly pools: PoolRulesByName;
  readonly placement: Placement;
  readonly queue: WaitingQueue;
  readonly proxyPolicy: ProxyPolicy;
  readonly routePolicy: RoutePolicy;
  /** Set when TLS is terminated here. */
  readonly tls: TlsTerminator | undefined;
  readonly failures: FailureWatch;
  /** No new work: the worker is about to stop. */
  readonly draining: boolean;
  /** What happens to each connection is noted. */
  readonly traces: boolean;
  count(outcome: Outcome): void;
  addForBackend(slot: number, counter: BackendCounter, amount: number): void;
  /** Feeds a backend's response time into its averages and its histogram. */
  observeResponse(slot: number, elapsedMs: number): void;
  /** Counts the session for its client's address; a reason when that address has too many. */
  enterSource(session: Session, address: string): Refusal | undefined;
  /** The session is over: its client is counted out, and what was noted of it is told. */
  left(session: Session, trace?: ConnectionTrace): void;
}
