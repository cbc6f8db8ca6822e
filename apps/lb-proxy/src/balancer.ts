import { availableParallelism } from 'node:os';
import type { Clock, Logger, Rng } from '@hanok/service-kit';
import { currentTracer } from '@hanok/service-kit/tracer';
import type { StrategyName } from '@hanok/strategies';
import { parseListen } from './addresses.ts';
import {
  checkRoutine,
  listenSettings,
  poolSettings,
  staticBackends,
  workerSettings,
} from './balancer-settings.ts';
import { BACKEND_CAPACITY, type LbProxyConfig } from './config.ts';
import { canSharePorts, checkAddressIsFree } from './data-plane/listen-check.ts';
import { rulesOf } from './data-plane/pool-rules.ts';
import { SharedState } from './data-plane/shared-state.ts';
import { SourceTable } from './data-plane/source-table.ts';
import { WorkerPool } from './data-plane/worker-pool.ts';
import { BackendHistory } from './observe/backend-history.ts';
import type { EventJournal } from './observe/event-journal.ts';
import { recordConnection } from './observe/trace-connections.ts';
import { BackendPool } from './pool/backend-pool.ts';
import { Discovery } from './pool/discovery.ts';
import { HealthChecker } from './pool/health-checker.ts';
import { configOfPool, type PoolConfig, type PoolConfigs } from './pool/pool-config.ts';
import type { Probe } from './pool/tcp-check.ts';
import { chooseEngine, type ChosenEngine } from './relay/choose-engine.ts';
import { readCertificates, type TlsCertificate } from './tls/read-certificates.ts';
import type { InheritedListener } from './upgrade/upgrade-messages.ts';

export interface BalancerOptions {
  readonly config: LbProxyConfig;
  /** Pools with settings of their own. */
  readonly pools: PoolConfigs;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly logger: Logger;
  /** How backends are checked; default: as the configuration says. */
  readonly probe?: Probe;
  /** Whether several threads may listen on one port; default: found out. */
  readonly sharePort?: boolean;
  /** The address is held by a listener of this process that this one replaces. */
  readonly takesOver?: boolean;
  /** What an earlier process hands over for this listener. */
  readonly inherited?: InheritedListener;
  /** Told what happens to the backends. Default: nobody is. */
  readonly journal?: EventJournal;
}

/** What is found out before a balancer is built. */
interface Surroundings {
  readonly sharesPort: boolean;
  readonly engine: ChosenEngine;
  readonly certificates: readonly TlsCertificate[];
}

/** The whole balancer without its admin API: backends, checks, workers. */
export class Balancer {
  readonly state: SharedState;
  readonly backends: BackendPool;
  readonly workers: WorkerPool;
  readonly discovery: Discovery;
  readonly history: BackendHistory;
  readonly startedAt: Date;
  /** Several threads, and another balancer of this process, may listen on the same port. */
  readonly sharesPort: boolean;
  /** Its connections can go on in another process. */
  readonly movesConnections: boolean;
  readonly #options: BalancerOptions;

  private constructor(options: BalancerOptions, { sharesPort, engine, certificates }: Surroundings) {
    const { config, pools, clock, logger, inherited } = options;
    const workers = sharesPort ? wantedWorkers(config) : 1;
    const tracer = currentTracer();
    this.#options = options;
    this.sharesPort = sharesPort;
    this.movesConnections = engine.name !== 'portable';
    this.startedAt = new Date(clock.now());
    this.state = new SharedState({ capacity: BACKEND_CAPACITY, workers });
    const listen = listenSettings(config, sharesPort);
    const hasSourceLimits = config.maxConnectionsPerSource > 0 || config.acceptRatePerSource > 0;
    this.workers = new WorkerPool({
      state: this.state,
      sources: hasSourceLimits ? new SourceTable(workers, config.maxConnections) : null,
      settings: {
        ...workerSettings(config, pools, certificates),
        listen:
          inherited === undefined
            ? listen
            : { ...listen, port: inherited.port, inherited: inherited.descriptors },
      },
      engine,
      clock,
      events: {
        backendFailing: (slot, code) => this.backends.connectsFailed(slot, code),
        ...(tracer === undefined
          ? {}
          : { traced: (trace) => recordConnection(tracer, config.listen, this.backends, trace) }),
        workerCrashed: (worker, error, delayMs) =>
          logger.error({ worker, err: error, delayMs }, 'a relay worker crashed and will be replaced'),
      },
    });
    this.backends = new BackendPool({
      state: this.state,
      settingsOf: (pool) => poolSettings(this.#configOf(pool)),
      clock,
      logger,
      journal: options.journal,
      dataPlane: {
        setEndpoint: (endpoint) => this.workers.setEndpoint(endpoint),
        tableChanged: () => this.workers.broadcast({ type: 'changed' }),
        closeConnections: (slot) => this.workers.broadcast({ type: 'close-backend', slot }),
      },
    });
    this.discovery = new Discovery({
      pool: this.backends,
      clock,
      logger,
      emptyHoldMs: config.discoveryEmptyHoldMs,
    });
    this.history = new BackendHistory(this, clock);
  }

  /**
   * Checks the configuration and builds a balancer; nothing listens yet.
   * @throws ConfigError when the settings make no sense, or RELAY is not possible here
   * @throws ListenError when the game port is in use
   */
  static async create(options: BalancerOptions): Promise<Balancer> {
    const { config, pools, logger } = options;
    const specs = staticBackends(config, pools);
    for (const each of [config, ...pools.values()]) checkRoutine(each);
    const isHeldByOwn = options.takesOver === true || options.inherited !== undefined;
    const { host, port } = parseListen(config.listen);
    if (!isHeldByOwn) await checkAddressIsFree(host, port);
    const sharesPort = options.sharePort ?? (await canSharePorts());
    const wanted = wantedWorkers(config);
    if (!sharesPort && wanted > 1) {
      logger.warn({ wanted }, 'this platform cannot share a port between threads: relaying in one worker');
    }
    const certificates = await readCertificates(config.tlsCertificates);
    const engine: ChosenEngine =
      certificates.length > 0
        ? { name: 'portable', why: 'it is the one that terminates TLS' }
        : await chooseEngine(config.relay);
    logger.info({ why: engine.why }, `relaying by the ${engine.name} engine`);
    const balancer = new Balancer(options, { sharesPort, engine, certificates });
    for (const spec of specs) balancer.backends.add(spec);
    balancer.backends.restore(options.inherited?.backends ?? []);
    return balancer;
  }

  /** Names of the pools besides the default one, which has the empty name. */
  get pools(): string[] {
    return [...this.workers.rules.keys()].filter((name) => name !== '');
  }

  /** Of the default pool. */
  get strategy(): StrategyName {
    return this.strategyOf('');
  }

  strategyOf(pool: string): StrategyName {
    return rulesOf(this.workers.rules, pool).strategy;
  }

  /** New connections of a pool's clients are placed by this strategy from now on; open ones stay where they are. */
  useStrategy(pool: string, name: StrategyName): void {
    const from = this.strategyOf(pool);
    this.#options.logger.info({ from, to: name, ...(pool === '' ? {} : { pool }) }, 'strategy changed');
    this.#options.journal?.record('strategy', pool, `${from} → ${name}`);
    this.workers.setStrategy(pool, name);
  }

  /** Starts the checks and opens the game port. */
  async start(): Promise<void> {
    const { clock, rng, probe } = this.#options;
    await this.workers.start();
    this.history.start();
    this.backends.start(
      new HealthChecker({
        routineOf: ({ spec }) => {
          const routine = checkRoutine(this.#configOf(spec.pool ?? ''));
          return probe === undefined ? routine : { ...routine, probe };
        },
        clock,
        rng,
        onResult: (backend, result) => this.backends.checked(backend, result),
      }),
    );
  }

  /** Closes the game port, leaving open connections alone; resolves when the address is free. */
  async closeListener(): Promise<void> {
    await this.workers.closeListeners();
  }

  /** Closes the game port and lets open connections end, for `drainTimeoutMs` at most. */
  async stop(): Promise<void> {
    this.discovery.stop();
    this.history.stop();
    this.backends.stop();
    await this.workers.stop(this.#options.config.drainTimeoutMs);
  }

  #configOf(pool: string): PoolConfig {
    return configOfPool(this.#options.config, this.#options.pools, pool);
  }
}

/** How many workers the configuration asks for. */
function wantedWorkers({ workers }: LbProxyConfig): number {
  return workers === 0 ? availableParallelism() : workers;
}
