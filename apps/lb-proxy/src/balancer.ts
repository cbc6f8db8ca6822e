import { availableParallelism } from 'node:os';
import type { Clock, Logger, Rng } from '@hanok/service-kit';
import { chooseEngine, type ChosenEngine } from './relay/choose-engine.ts';
import type { StrategyName } from '@hanok/strategies';
import { parseBackends, parseListen, parseNetworks } from './addresses.ts';
import { BACKEND_CAPACITY, type LbProxyConfig } from './config.ts';
import { canSharePorts, checkAddressIsFree } from './data-plane/listen-check.ts';
import { SharedState } from './data-plane/shared-state.ts';
import { SourceTable } from './data-plane/source-table.ts';
import { WorkerPool } from './data-plane/worker-pool.ts';
import { readCertificates, type TlsCertificate } from './tls/read-certificates.ts';
import { readRouting } from './routing/read-routing.ts';
import { poolNames } from './routing/server-names.ts';
import { BackendPool } from './pool/backend-pool.ts';
import { parseCheckPlan, probeFor } from './pool/check-plan.ts';
import { Discovery } from './pool/discovery.ts';
import { HealthChecker } from './pool/health-checker.ts';
import type { InheritedListener } from './upgrade/upgrade-messages.ts';
import type { Probe } from './pool/tcp-check.ts';

export interface BalancerOptions {
  readonly config: LbProxyConfig;
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
}

const headerVersions = { off: 0, v1: 1, v2: 2 } as const;

/** The whole balancer without its admin API: backends, checks, workers. */
export class Balancer {
  readonly state: SharedState;
  readonly backends: BackendPool;
  readonly workers: WorkerPool;
  readonly discovery: Discovery;
  readonly startedAt: Date;
  /** Several threads, and another balancer of this process, may listen on the same port. */
  readonly sharesPort: boolean;
  /** Its connections can go on in another process. */
  readonly movesConnections: boolean;
  readonly #options: BalancerOptions;
  #strategy: StrategyName;

  private constructor(
    options: BalancerOptions,
    workerCount: number,
    sharePort: boolean,
    engine: ChosenEngine,
    certificates: readonly TlsCertificate[],
  ) {
    const { config, clock, logger } = options;
    this.#options = options;
    this.sharesPort = sharePort;
    this.movesConnections = engine.name === 'linux';
    this.#strategy = config.strategy;
    this.startedAt = new Date(clock.now());
    this.state = new SharedState({ capacity: BACKEND_CAPACITY, workers: workerCount });
    const sourceLimits = {
      maxConnections: config.maxConnectionsPerSource,
      maxPerSecond: config.acceptRatePerSource,
    };
    const hasSourceLimits = sourceLimits.maxConnections > 0 || sourceLimits.maxPerSecond > 0;
    this.workers = new WorkerPool({
      state: this.state,
      sources: hasSourceLimits ? new SourceTable(workerCount, config.maxConnections) : null,
      listen: {
        ...parseListen(config.listen),
        ...(options.inherited === undefined ? {} : { port: options.inherited.port }),
        backlog: config.listenBacklog,
        reusePort: sharePort,
        inherited: options.inherited?.descriptors ?? [],
      },
      relay: {
        bufferBytes: config.relayBufferBytes,
        connectTimeoutMs: config.connectTimeoutMs,
        idleTimeoutMs: config.idleTimeoutMs,
        halfClosedTimeoutMs: config.halfClosedTimeoutMs,
        keepAliveMs: config.keepAliveMs,
      },
      engine,
      admission: {
        maxConnections: config.maxConnections,
        sourceLimits,
        connectRetries: config.connectRetries,
        queueSize: config.queueSize,
        queueTimeoutMs: config.queueTimeoutMs,
        ejectAfterFailures: config.ejectAfterFailures,
      },
      proxyProtocol: {
        from: parseNetworks(config.proxyProtocolFrom),
        to: headerVersions[config.proxyProtocolTo],
        headerTimeoutMs: config.proxyHeaderTimeoutMs,
      },
      routing: readRouting(config),
      tls:
        certificates.length === 0 ? null : { certificates, handshakeTimeoutMs: config.tlsHandshakeTimeoutMs },
      strategy: config.strategy,
      clock,
      events: {
        backendFailing: (slot, code) => this.backends.connectsFailed(slot, code),
        workerCrashed: (worker, error, delayMs) =>
          logger.error({ worker, err: error, delayMs }, 'a relay worker crashed and will be replaced'),
      },
    });
    this.backends = new BackendPool({
      state: this.state,
      settings: {
        health: { rise: config.checkRise, fall: config.checkFall, ejectMs: config.ejectMs },
        panicPercent: config.panicPercent,
        maxEjectedPercent: config.maxEjectedPercent,
        slowStartMs: config.slowStartMs,
      },
      clock,
      logger,
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
  }

  /**
   * Checks the configuration's addresses and builds a balancer; nothing listens yet.
   * @throws ConfigError when LISTEN, BACKENDS or the checks make no sense, or RELAY is not possible here
   * @throws ListenError when the game port is in use
   */
  static async create(options: BalancerOptions): Promise<Balancer> {
    const { config, logger } = options;
    const { host, port } = parseListen(config.listen);
    const specs = parseBackends(config.backends);
    parseNetworks(config.proxyProtocolFrom);
    readRouting(config);
    parseCheckPlan(config);
    const isHeldByOwn = options.takesOver === true || options.inherited !== undefined;
    if (!isHeldByOwn) await checkAddressIsFree(host, port);
    const wanted = config.workers === 0 ? availableParallelism() : config.workers;
    const sharePort = options.sharePort ?? (await canSharePorts());
    if (!sharePort && wanted > 1) {
      logger.warn({ wanted }, 'this platform cannot share a port between threads: relaying in one worker');
    }
    const certificates = await readCertificates(config.tlsCertificates);
    const engine: ChosenEngine =
      certificates.length > 0
        ? { name: 'portable', why: 'it is the one that terminates TLS' }
        : await chooseEngine(config.relay);
    logger.info(engine.name === 'linux' ? {} : { why: engine.why }, `relaying by the ${engine.name} engine`);
    const balancer = new Balancer(options, sharePort ? wanted : 1, sharePort, engine, certificates);
    for (const spec of specs) balancer.backends.add(spec);
    balancer.backends.restore(options.inherited?.backends ?? []);
    return balancer;
  }

  /** Names of the pools besides the default one. */
  get pools(): string[] {
    return poolNames(readRouting(this.#options.config).serverNames);
  }

  get strategy(): StrategyName {
    return this.#strategy;
  }

  /** New connections are placed by this strategy from now on; open ones stay where they are. */
  set strategy(name: StrategyName) {
    this.#options.logger.info({ from: this.#strategy, to: name }, 'strategy changed');
    this.#strategy = name;
    this.workers.setStrategy(name);
  }

  /** Starts the checks and opens the game port. */
  async start(): Promise<void> {
    const { config, clock, rng, probe = probeFor(parseCheckPlan(config)) } = this.#options;
    await this.workers.start();
    this.backends.start(
      new HealthChecker({
        settings: {
          intervalMs: config.checkIntervalMs,
          fastIntervalMs: config.checkFastIntervalMs,
          timeoutMs: config.checkTimeoutMs,
        },
        clock,
        rng,
        probe,
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
    this.backends.stop();
    await this.workers.stop(this.#options.config.drainTimeoutMs);
  }
}
