import { Worker } from 'node:worker_threads';
import type { StrategyName } from '@hanok/strategies';
import type { Clock, Timer } from '@hanok/service-kit';
import type { ProxySettings } from '../proxy-protocol/proxy-policy.ts';
import type { TlsCertificate } from '../tls/read-certificates.ts';
import type { TlsSettings } from '../tls/tls-terminator.ts';
import type { RouteSettings } from '../routing/route-policy.ts';
import type { ChosenEngine } from '../relay/choose-engine.ts';
import { DescriptorLedger } from '../relay/linux/descriptor-ledger.ts';
import type { ListenSettings, RelaySettings } from '../relay/relay-engine.ts';
import type {
  Adopted,
  AdmissionSettings,
  SlotEndpoint,
  WorkerCommand,
  WorkerReport,
  WorkerStart,
} from './messages.ts';
import type { Decision } from './decision-log.ts';
import { askDecisions, drain, reported } from './worker-conversation.ts';
import type { ConnectionQuery, LiveConnection } from './live-connection.ts';
import type { SharedState } from './shared-state.ts';
import type { SourceTable } from './source-table.ts';
import { askClose, askConnections } from './worker-questions.ts';

/** What the pool tells the control plane. */
export interface PoolEvents {
  /** A worker saw so many connects to a backend fail in a row. */
  backendFailing(slot: number, code: string): void;
  /** A worker ended unexpectedly; it is replaced after `delayMs`. */
  workerCrashed(index: number, error: Error, delayMs: number): void;
}

export interface PoolOptions {
  readonly state: SharedState;
  /** Null when no limit for each source is set. */
  readonly sources: SourceTable | null;
  readonly listen: ListenSettings;
  readonly relay: RelaySettings;
  readonly engine: ChosenEngine;
  readonly admission: AdmissionSettings;
  readonly proxyProtocol: ProxySettings;
  readonly routing: RouteSettings;
  /** Null: TLS is not terminated. */
  readonly tls: TlsSettings | null;
  readonly strategy: StrategyName;
  readonly clock: Clock;
  readonly events: PoolEvents;
}

/** The configured address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's error code, e.g. EADDRINUSE. */
  readonly code: string;
  readonly address: string;
  readonly port: number;

  constructor(code: string, { host, port }: { host: string; port: number }, message: string) {
    super(message);
    this.code = code;
    this.address = host;
    this.port = port;
  }
}

const FIRST_RESTART_MS = 100;
const MAX_RESTART_MS = 5_000;
const STABLE_AFTER_MS = 10_000;

/**
 * The worker threads of the data plane. Starts them, passes commands on, and replaces one that crashes: the
 * others keep their connections, and what the crashed one held of the shared counts is given back.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  /** Every thread that has not ended. */
  readonly #threads = new Set<Worker>();
  /** By index: the one that accepts connections. */
  readonly #workers: (Worker | undefined)[] = [];
  readonly #endpoints = new Map<number, SlotEndpoint>();
  readonly #restartTimers = new Map<number, Timer>();
  readonly #crashesInARow: number[] = [];
  #strategy: StrategyName;
  /** By index: the listening sockets, where they can be moved. */
  readonly #listening: (readonly number[])[] = [];
  #tls: TlsSettings | null;
  #port = 0;
  #crashes = 0;
  #requests = 0;
  #stopping = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#strategy = options.strategy;
    this.#tls = options.tls;
  }

  /** The port in use, also when the configured one was 0. */
  get port(): number {
    return this.#port;
  }

  /** Workers that ended unexpectedly since the start. */
  get crashes(): number {
    return this.#crashes;
  }

  /** Workers that accept connections now. */
  get running(): number {
    return this.#workers.filter((worker) => worker !== undefined).length;
  }

  /** The threads that accept connections now. */
  get accepting(): readonly Worker[] {
    return this.#workers.filter((worker) => worker !== undefined);
  }

  /** The listening sockets of all workers; none when they cannot be moved to another process. */
  get listening(): readonly number[] {
    return this.#listening.flat();
  }

  /**
   * Starts all workers. The first one settles the port for the others.
   * @throws ListenError when the address cannot be listened on
   */
  async start(): Promise<void> {
    const { state, listen } = this.#options;
    this.#port = listen.port;
    try {
      const { workers } = state.shape;
      const inheritedBy = (index: number): number[] =>
        listen.inherited.filter((_, position) => position % workers === index);
      this.#port = await this.#spawn(0, inheritedBy(0));
      const others = Array.from({ length: workers - 1 }, (_, index) =>
        this.#spawn(index + 1, inheritedBy(index + 1)),
      );
      await Promise.all(others);
    } catch (error) {
      this.#stopping = true;
      await Promise.all([...this.#threads].map((worker) => worker.terminate()));
      throw error;
    }
  }

  /** Makes a backend's address known to all workers, present and future. */
  setEndpoint(endpoint: SlotEndpoint): void {
    this.#endpoints.set(endpoint.slot, endpoint);
    this.broadcast({ type: 'endpoint', endpoint });
  }

  setStrategy(name: StrategyName): void {
    this.#strategy = name;
    this.broadcast({ type: 'strategy', name });
  }

  /** Later handshakes use these; nothing happens where TLS is not terminated. */
  setCertificates(certificates: readonly TlsCertificate[]): void {
    if (this.#tls === null) return;
    this.#tls = { ...this.#tls, certificates };
    this.broadcast({ type: 'certificates', certificates });
  }

  broadcast(command: WorkerCommand): void {
    for (const worker of this.#workers) worker?.postMessage(command, []);
  }

  /**
   * Has the workers go on with connections of another process, each with its share.
   * @throws Error when no worker runs
   */
  adopt(connections: readonly Adopted[]): void {
    const workers = this.accepting;
    if (workers.length === 0) throw new Error('no worker runs');
    workers.forEach((worker, index) => {
      const share = connections.filter((_, position) => position % workers.length === index);
      if (share.length > 0) worker.postMessage({ type: 'adopt', connections: share }, []);
    });
  }

  /** The last decisions of all workers, newest first. A worker that does not answer in time is left out. */
  async decisions(): Promise<Decision[]> {
    this.#requests += 1;
    const request = this.#requests;
    const running = this.#workers.filter((worker) => worker !== undefined);
    const all = (await Promise.all(running.map((worker) => askDecisions(worker, request)))).flat();
    return all.toSorted((a, b) => b.atMs - a.atMs);
  }

  /** Ids of the threads that have not ended, rising; an id is never used again. */
  get threads(): number[] {
    return [...this.#threads].map(({ threadId }) => threadId).toSorted((a, b) => a - b);
  }

  /** Some connections of one thread, oldest first; none when it has ended or does not answer in time. */
  async connections(thread: number, query: ConnectionQuery): Promise<readonly LiveConnection[]> {
    const worker = this.#threadOf(thread);
    return worker === undefined ? [] : askConnections(worker, ++this.#requests, query);
  }

  /** Closes one connection; whether it was there. */
  async closeConnection(thread: number, serial: number): Promise<boolean> {
    const worker = this.#threadOf(thread);
    return worker !== undefined && askClose(worker, ++this.#requests, serial);
  }

  /** Stops accepting and nothing else. */
  async closeListeners(): Promise<void> {
    this.#stopping = true;
    const closed = [...this.#threads].map((worker) => reported(worker, 'closed'));
    this.broadcast({ type: 'close-listener' });
    await Promise.all(closed);
  }

  /** Stops accepting, lets relays end for at most `deadlineMs`, then ends the workers. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#restartTimers.values()) timer.cancel();
    await Promise.all([...this.#threads].map((worker) => drain(worker, deadlineMs)));
  }

  #threadOf(id: number): Worker | undefined {
    return [...this.#threads].find(({ threadId }) => threadId === id);
  }

  /** @param inherited listening sockets of another process; one that replaces a crashed thread opens its own */
  #spawn(index: number, inherited: readonly number[] = []): Promise<number> {
    const { state, sources, listen, relay, engine, admission, proxyProtocol, routing } = this.#options;
    const ledger = engine.name === 'linux' ? new DescriptorLedger() : undefined;
    const start: WorkerStart = {
      index,
      shape: state.shape,
      buffer: state.buffer,
      sources: sources?.buffer ?? null,
      listen: { ...listen, port: this.#port, inherited },
      relay,
      descriptors: ledger?.buffer ?? null,
      admission,
      proxyProtocol,
      routing,
      tls: this.#tls,
      strategy: this.#strategy,
      endpoints: [...this.#endpoints.values()],
    };
    const worker = new Worker(new URL('./worker-main.ts', import.meta.url), {
      workerData: start,
      name: `lb-proxy relay ${index}`,
    });
    this.#threads.add(worker);
    let failure = new Error('the worker ended');
    worker.on('error', (error: Error) => {
      failure = error;
    });
    return new Promise((resolve, reject) => {
      worker.on('message', (report: WorkerReport) => {
        switch (report.type) {
          case 'listening':
            this.#workers[index] = worker;
            this.#listening[index] = report.descriptors;
            this.#catchUp(worker);
            resolve(report.port);
            break;
          case 'cannot-listen':
            failure = new ListenError(report.code, start.listen, report.message);
            void worker.terminate();
            break;
          case 'backend-failing':
            this.#options.events.backendFailing(report.slot, report.code);
            break;
          case 'decisions':
          case 'frozen':
          case 'connections':
          case 'connection-closed':
          case 'closed':
          case 'drained':
            break;
        }
      });
      const startedMs = this.#options.clock.monotonicMs();
      worker.once('exit', () => {
        const wasRunning = this.#workers[index] === worker;
        this.#threads.delete(worker);
        this.#workers[index] = undefined;
        this.#listening[index] = [];
        state.reclaim(index);
        sources?.reclaim(index);
        if (engine.name === 'linux') ledger?.closeAll(engine.libc);
        reject(failure);
        if (wasRunning && !this.#stopping) this.#replace(index, failure, startedMs);
      });
    });
  }

  /** What was said while the worker was starting, it has missed. */
  #catchUp(worker: Worker): void {
    for (const endpoint of this.#endpoints.values()) worker.postMessage({ type: 'endpoint', endpoint }, []);
    worker.postMessage({ type: 'strategy', name: this.#strategy }, []);
    if (this.#tls !== null) {
      worker.postMessage({ type: 'certificates', certificates: this.#tls.certificates }, []);
    }
  }

  #replace(index: number, error: Error, startedMs: number): void {
    const { clock, events } = this.#options;
    this.#crashes += 1;
    const wasStable = clock.monotonicMs() - startedMs >= STABLE_AFTER_MS;
    const inARow = wasStable ? 0 : (this.#crashesInARow[index] ?? 0);
    this.#crashesInARow[index] = inARow + 1;
    const delayMs = Math.min(MAX_RESTART_MS, FIRST_RESTART_MS * 2 ** inARow);
    events.workerCrashed(index, error, delayMs);
    this.#restartTimers.set(
      index,
      clock.setTimer(delayMs, () => {
        this.#restartTimers.delete(index);
        this.#spawn(index).catch((cause: unknown) => {
          if (!this.#stopping) this.#replace(index, cause as Error, clock.monotonicMs());
        });
      }),
    );
  }
}
