import { sampleShare, type Chance } from '@hanok/strategies';
import type { ClientConnection, RelayEngine } from '../relay/relay-engine.ts';
import type { ConnectionTrace } from './connection-trace.ts';
import { FailureWatch } from './failure-watch.ts';
import { FrozenSessions } from './frozen-sessions.ts';
import { GamePort } from './game-port.ts';
import type { Adopted, AdmissionSettings, WorkerCommand, WorkerReport, WorkerStart } from './messages.ts';
import { ProxyPolicy } from '../proxy-protocol/proxy-policy.ts';
import type { TlsTerminator } from '../tls/tls-terminator.ts';
import { RoutePolicy } from '../routing/route-policy.ts';
import type { Refusal } from './outcomes.ts';
import { Placement } from './placement.ts';
import { rulesOf, type PoolRulesByName } from './pool-rules.ts';
import { Session } from './session.ts';
import { closeSession, listSessions } from './session-list.ts';
import type { BackendCounter, Outcome } from './shared-state.ts';
import { SharedState } from './shared-state.ts';
import { sourceNetwork } from './source-address.ts';
import { SourceTable, UNCOUNTED } from './source-table.ts';
import { WaitingQueue } from './waiting-queue.ts';
import type { WorkerContext } from './worker-context.ts';

/** What a worker is given from outside, so that tests can run one in their own thread. */
export interface WorkerDependencies {
  readonly engine: RelayEngine;
  /** The engine's, when TLS is terminated. */
  readonly tls?: TlsTerminator | undefined;
  readonly chance: Chance;
  readonly nowMs: () => number;
  readonly report: (report: WorkerReport) => void;
}

const NO_SOURCE_LIMITS = { maxConnections: 0, maxPerSecond: 0 } as const;

/** The data plane of one thread: accepts clients, starts their sessions, obeys the main thread. */
export class DataPlaneWorker implements WorkerContext {
  readonly state: SharedState;
  readonly admission: AdmissionSettings;
  readonly pools: PoolRulesByName;
  readonly placement: Placement;
  readonly queue: WaitingQueue;
  readonly failures: FailureWatch;
  readonly proxyPolicy: ProxyPolicy;
  readonly routePolicy: RoutePolicy;
  readonly tls: TlsTerminator | undefined;
  readonly traces: boolean;
  readonly #index: number;
  readonly #gamePort: GamePort;
  readonly #dependencies: WorkerDependencies;
  /** Each session with its cell in the source table. */
  readonly #sessions = new Map<Session, number>();
  readonly #sources: SourceTable | undefined;
  #drainTimer: NodeJS.Timeout | undefined;
  #draining = false;
  readonly #frozen = new FrozenSessions();
  #lastSerial = 0;

  constructor(start: WorkerStart, dependencies: WorkerDependencies) {
    const { index, admission } = start;
    const { chance, nowMs, report } = dependencies;
    this.#index = index;
    this.#gamePort = new GamePort(dependencies.engine, start.listen, {
      accepted: (client) => this.#accept(client),
      acceptFailed: () => this.count('accept-failed'),
      report,
    });
    this.#dependencies = dependencies;
    this.admission = admission;
    this.pools = start.pools;
    this.proxyPolicy = new ProxyPolicy(start.proxyProtocol);
    this.routePolicy = new RoutePolicy(start.routing);
    this.tls = dependencies.tls;
    this.traces = start.traces;
    this.state = new SharedState(start.shape, start.buffer);
    if (start.sources !== null) {
      this.#sources = new SourceTable(start.shape.workers, admission.maxConnections, start.sources);
    }
    this.placement = new Placement(index, this.state, start.pools, chance, nowMs);
    for (const endpoint of start.endpoints) this.placement.setEndpoint(endpoint);
    this.failures = new FailureWatch(
      (slot) => rulesOf(this.pools, this.placement.poolOf(slot) ?? '').ejectAfterFailures,
      (slot, code) => report({ type: 'backend-failing', slot, code }),
    );
    const places = {
      take: () => this.state.startWaiting(index, admission.queueSize),
      give: () => this.state.stopWaiting(index),
    };
    this.queue = new WaitingQueue(places, nowMs);
  }

  get draining(): boolean {
    return this.#draining;
  }

  listen(): Promise<void> {
    return this.#gamePort.open();
  }

  obey(command: WorkerCommand): void {
    switch (command.type) {
      case 'endpoint':
        this.placement.setEndpoint(command.endpoint);
        this.failures.succeeded(command.endpoint.slot);
        this.queue.serve();
        break;
      case 'strategy':
        this.placement.use(command.pool, command.name);
        break;
      case 'certificates':
        this.tls?.use(command.certificates);
        break;
      case 'changed':
        this.queue.serve();
        break;
      case 'close-backend':
        for (const session of this.#sessions.keys()) {
          if (session.slot === command.slot) session.close('closed-by-admin');
        }
        break;
      case 'tell-decisions':
        this.#dependencies.report({
          type: 'decisions',
          request: command.request,
          decisions: this.placement.decisions,
        });
        break;
      case 'pause-listener':
        this.#gamePort.pause(command.paused);
        break;
      case 'freeze': {
        const { maxConnections, maxBytes } = command;
        const sessions = this.#frozen.freeze(this.#sessions.keys(), maxConnections, maxBytes);
        this.#dependencies.report({ type: 'frozen', sessions });
        break;
      }
      case 'settle':
        this.#frozen.settle(command.moved);
        break;
      case 'adopt':
        for (const adopted of command.connections) this.#adopt(adopted);
        break;
      case 'list-connections': {
        const items = listSessions(this.#sessions.keys(), command.query);
        this.#dependencies.report({ type: 'connections', request: command.request, items });
        break;
      }
      case 'close-connection': {
        const found = closeSession(this.#sessions.keys(), command.serial);
        this.#dependencies.report({ type: 'connection-closed', request: command.request, found });
        break;
      }
      case 'close-listener':
        this.#gamePort.close();
        this.#dependencies.report({ type: 'closed' });
        break;
      case 'open-listener':
        void this.#gamePort.reopen(command.port);
        break;
      case 'drain':
        this.#drain(command.deadlineMs);
        break;
    }
  }

  count(outcome: Outcome): void {
    this.state.count(this.#index, outcome);
  }

  addForBackend(slot: number, counter: BackendCounter, amount: number): void {
    this.state.addForBackend(this.#index, slot, counter, amount);
  }

  observeResponse(slot: number, elapsedMs: number): void {
    const { table, latencies } = this.state;
    table.observe(slot, elapsedMs, sampleShare(table, slot));
    latencies.record(this.#index, slot, elapsedMs);
  }

  enterSource(session: Session, address: string): Refusal | undefined {
    if (this.#sources === undefined) return undefined;
    const nowMs = this.#dependencies.nowMs();
    const { sourceLimits } = this.admission;
    const admission = this.#sources.enter(this.#index, sourceNetwork(address), sourceLimits, nowMs);
    if (typeof admission === 'string') return admission;
    this.#sessions.set(session, admission);
    return undefined;
  }

  left(session: Session, trace?: ConnectionTrace): void {
    const sourceCell = this.#sessions.get(session);
    if (sourceCell === undefined) return;
    if (trace !== undefined) this.#dependencies.report({ type: 'traced', trace });
    this.#sessions.delete(session);
    this.#sources?.leave(sourceCell);
    this.state.leave(this.#index);
    if (this.queue.size > 0) this.queue.serve();
    if (this.#draining) this.#finishIfDrained();
  }

  #accept(client: ClientConnection): void {
    this.count('accepted');
    if (!this.state.enter(this.#index, this.admission.maxConnections)) {
      this.count('refused:connection-limit');
      client.refuse();
      return;
    }
    const session = new Session(client, this, ++this.#lastSerial);
    this.#sessions.set(session, UNCOUNTED);
    session.begin();
  }

  #adopt(adopted: Adopted): void {
    const client = this.#dependencies.engine.adopt?.(adopted.frozen);
    if (client === undefined) return;
    this.count('adopted');
    this.state.enter(this.#index, 0);
    const session = new Session(client, this, ++this.#lastSerial);
    const nowMs = this.#dependencies.nowMs();
    const network = sourceNetwork(adopted.frozen.source);
    // It was admitted before: counted, but not judged again.
    const cell = this.#sources?.enter(this.#index, network, NO_SOURCE_LIMITS, nowMs);
    this.#sessions.set(session, typeof cell === 'number' ? cell : UNCOUNTED);
    session.adopt(adopted);
  }

  #drain(deadlineMs: number): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#gamePort.close();
    this.queue.refuseAll('shutting-down');
    this.#drainTimer = setTimeout(() => {
      for (const session of this.#sessions.keys()) session.abort();
    }, deadlineMs);
    this.#finishIfDrained();
  }

  #finishIfDrained(): void {
    if (this.#sessions.size > 0) return;
    clearTimeout(this.#drainTimer);
    this.#dependencies.engine.stop();
    this.#dependencies.report({ type: 'drained' });
  }
}
