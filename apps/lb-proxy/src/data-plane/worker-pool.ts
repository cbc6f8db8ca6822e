import type { Worker } from 'node:worker_threads';
import type { StrategyName } from '@hanok/strategies';
import type { Clock } from '@hanok/service-kit';
import type { ChosenEngine } from '../relay/choose-engine.ts';
import { DescriptorLedger } from '../relay/linux/descriptor-ledger.ts';
import type { TlsCertificate } from '../tls/read-certificates.ts';
import type { ConnectionTrace } from './connection-trace.ts';
import type { Decision } from './decision-log.ts';
import type { ConnectionQuery, LiveConnection } from './live-connection.ts';
import type { Adopted, SlotEndpoint, WorkerCommand, WorkerStart } from './messages.ts';
import { rulesOf, type PoolRulesByName } from './pool-rules.ts';
import type { SharedState } from './shared-state.ts';
import type { SourceTable } from './source-table.ts';
import { drain, reported } from './worker-conversation.ts';
import { askClose, askConnections, askDecisions } from './worker-questions.ts';
import { WorkerRestarts } from './worker-restarts.ts';
import { startThread } from './worker-thread.ts';

/** What the pool tells the control plane. */
export interface PoolEvents {
  /** A worker saw so many connects to a backend fail in a row. */
  backendFailing(slot: number, code: string): void;
  /** A connection is over; without it, nothing is noted of connections. */
  readonly traced?: ((trace: ConnectionTrace) => void) | undefined;
  /** A worker ended unexpectedly; it is replaced after `delayMs`. */
  workerCrashed(index: number, error: Error, delayMs: number): void;
}

/** What all workers are started with; the rest of a `WorkerStart` the pool adds. */
export type WorkerSettings = Pick<
  WorkerStart,
  'listen' | 'relay' | 'admission' | 'proxyProtocol' | 'routing' | 'tls' | 'pools'
>;

export interface PoolOptions {
  readonly state: SharedState;
  /** Null when no limit for each source is set. */
  readonly sources: SourceTable | null;
  readonly settings: WorkerSettings;
  readonly engine: ChosenEngine;
  readonly clock: Clock;
  readonly events: PoolEvents;
}

/**
 * The worker threads of the data plane. Starts them, passes commands on, and replaces one that crashes: the
 * others keep their connections, and what the crashed one held of the shared counts is given back.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #restarts: WorkerRestarts;
  /** Every thread that has not ended. */
  readonly #threads = new Set<Worker>();
  /** By index: the one that accepts connections. */
  readonly #workers: (Worker | undefined)[] = [];
  /** By index: the listening sockets, where they can be moved. */
  readonly #listening: (readonly number[])[] = [];
  readonly #endpoints = new Map<number, SlotEndpoint>();
  #settings: WorkerSettings;
  #port: number;
  #requests = 0;
  #stopping = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#port = options.settings.listen.port;
    this.#restarts = new WorkerRestarts(options.clock);
  }

  /** The port in use, also when the configured one was 0. */
  get port(): number {
    return this.#port;
  }

  /** Workers that ended unexpectedly since the start. */
  get crashes(): number {
    return this.#restarts.crashes;
  }

  /** Workers that accept connections now. */
  get running(): number {
    return this.accepting.length;
  }

  /** The threads that accept connections now. */
  get accepting(): readonly Worker[] {
    return this.#workers.filter((worker) => worker !== undefined);
  }

  /** The listening sockets of all workers; none when they cannot be moved to another process. */
  get listening(): readonly number[] {
    return this.#listening.flat();
  }

  /** Ids of the threads that have not ended, rising; an id is never used again. */
  get threads(): number[] {
    return [...this.#threads].map(({ threadId }) => threadId).toSorted((a, b) => a - b);
  }

  /** What each pool's clients go by now. */
  get rules(): PoolRulesByName {
    return this.#settings.pools;
  }

  /**
   * Starts all workers. The first one settles the port for the others.
   * @throws ListenError when the address cannot be listened on
   */
  async start(): Promise<void> {
    const { inherited } = this.#settings.listen;
    const { workers } = this.#options.state.shape;
    const inheritedBy = (index: number): number[] =>
      inherited.filter((_, position) => position % workers === index);
    try {
      await this.#spawn(0, inheritedBy(0));
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

  /** The clients of a pool are placed by this strategy from now on. */
  setStrategy(pool: string, name: StrategyName): void {
    const pools = new Map(this.rules).set(pool, { ...rulesOf(this.rules, pool), strategy: name });
    this.#settings = { ...this.#settings, pools };
    this.broadcast({ type: 'strategy', pool, name });
  }

  /** Later handshakes use these; nothing happens where TLS is not terminated. */
  setCertificates(certificates: readonly TlsCertificate[]): void {
    const { tls } = this.#settings;
    if (tls === null) return;
    this.#settings = { ...this.#settings, tls: { ...tls, certificates } };
    this.broadcast({ type: 'certificates', certificates });
  }

  broadcast(command: WorkerCommand): void {
    for (const worker of this.accepting) worker.postMessage(command, []);
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
    const all = await Promise.all(this.accepting.map((worker) => askDecisions(worker, request)));
    return all.flat().toSorted((a, b) => b.atMs - a.atMs);
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

  /** Accepts again after `closeListeners`, each worker as soon as the port is free. */
  reopenListeners(): void {
    this.#stopping = false;
    this.broadcast({ type: 'open-listener', port: this.#port });
  }

  /** Stops accepting, lets relays end for at most `deadlineMs`, then ends the workers. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping = true;
    this.#restarts.cancel();
    await Promise.all([...this.#threads].map((worker) => drain(worker, deadlineMs)));
  }

  #threadOf(id: number): Worker | undefined {
    return [...this.#threads].find(({ threadId }) => threadId === id);
  }

  /**
   * Resolves when the new worker accepts connections.
   * @param inherited listening sockets of another process; one that replaces a crashed thread opens its own
   */
  #spawn(index: number, inherited: readonly number[] = []): Promise<void> {
    const { engine, events, clock } = this.#options;
    const ledger = engine.name !== 'portable' ? new DescriptorLedger() : undefined;
    const startedMs = clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const worker = startThread(this.#startOf(index, inherited, ledger), {
        listening: (thread, port, descriptors) => {
          this.#port = port;
          this.#workers[index] = thread;
          this.#listening[index] = descriptors;
          this.#catchUp(thread);
          resolve();
        },
        backendFailing: (slot, code) => events.backendFailing(slot, code),
        traced: (trace) => events.traced?.(trace),
        ended: (thread, why) => {
          const wasRunning = this.#workers[index] === thread;
          this.#forget(thread, index);
          if (engine.name !== 'portable') ledger?.closeAll(engine.libc);
          reject(why);
          if (wasRunning && !this.#stopping) this.#replace(index, why, startedMs);
        },
      });
      this.#threads.add(worker);
    });
  }

  #startOf(index: number, inherited: readonly number[], ledger: DescriptorLedger | undefined): WorkerStart {
    const { state, sources, engine, events } = this.#options;
    return {
      ...this.#settings,
      listen: { ...this.#settings.listen, port: this.#port, inherited },
      index,
      shape: state.shape,
      buffer: state.buffer,
      sources: sources?.buffer ?? null,
      descriptors: ledger?.buffer ?? null,
      readsInBatches: engine.name === 'uring',
      endpoints: [...this.#endpoints.values()],
      traces: events.traced !== undefined,
    };
  }

  /** What was said while the worker was starting, it has missed. */
  #catchUp(worker: Worker): void {
    for (const endpoint of this.#endpoints.values()) worker.postMessage({ type: 'endpoint', endpoint }, []);
    for (const [pool, { strategy }] of this.rules) {
      worker.postMessage({ type: 'strategy', pool, name: strategy }, []);
    }
    const { tls } = this.#settings;
    if (tls !== null) worker.postMessage({ type: 'certificates', certificates: tls.certificates }, []);
  }

  /** Gives back what an ended thread held. */
  #forget(worker: Worker, index: number): void {
    const { state, sources } = this.#options;
    this.#threads.delete(worker);
    this.#workers[index] = undefined;
    this.#listening[index] = [];
    state.reclaim(index);
    sources?.reclaim(index);
  }

  #replace(index: number, why: Error, startedMs: number): void {
    const delayMs = this.#restarts.plan(index, startedMs, () => {
      this.#spawn(index).catch((cause: unknown) => {
        if (!this.#stopping) this.#replace(index, cause as Error, this.#options.clock.monotonicMs());
      });
    });
    this.#options.events.workerCrashed(index, why, delayMs);
  }
}
