import { join } from 'node:path';
import type { LocalOptions } from './options.ts';

/** A port a service will listen on, checked to be free before anything starts. */
export interface PortClaim {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** One child process of the stack. */
export interface ServiceSpec {
  /** Unique in the stack; also the prefix of its log lines. */
  readonly name: string;
  /** The workspace its sources live in, such as `player-service`. */
  readonly app: string;
  /** Absolute path of the program. */
  readonly script: string;
  /** Settings on top of the inherited environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What a user may open, with what it is for. */
  readonly urls: readonly { readonly url: string; readonly what: string }[];
  /** Answers 200 once the service can work. */
  readonly readyUrl: string;
  readonly ports: readonly PortClaim[];
  /** Services of a lower number stop first: traffic ends before what it depends on. */
  readonly stopWave: number;
  /** How long a stop may take before the process is killed. */
  readonly stopGraceMs: number;
}

/** The whole stack, in the order it is shown. */
export interface Topology {
  readonly services: readonly ServiceSpec[];
  /** A URL that answers 200 through the game port once the stack as a whole works. */
  readonly gameReadyUrl: string;
  readonly dataDir: string;
}

const HOST = '127.0.0.1';
const COORDINATORS = 3;

/** The chapter's ports; `--port-offset` shifts all of them. */
const PORTS = {
  coordinatorHttp: 7001,
  coordinatorCluster: 7101,
  playerService: 8001,
  cacheService: 8020,
  game: 8080,
  lbAdmin: 8081,
} as const;

/**
 * Grace by wave, in the order of stopping. Together they stay well under the 10 s a user
 * is promised, also when every process has to be killed at its deadline.
 */
const STOP_GRACE_MS = {
  lbProxy: 2_000,
  playerServices: 2_500,
  cacheService: 1_500,
  coordinators: 3_000,
} as const;

/**
 * Decides which processes make up the stack and with which settings, without touching
 * the machine. Addresses, ids and the data folder are fixed by the stack; every other
 * setting in `env` reaches the services as it is.
 */
export function buildTopology(
  options: LocalOptions,
  env: Readonly<Record<string, string | undefined>>,
  repositoryRoot: string,
): Topology {
  const context = stackContext(options, env, repositoryRoot);
  return {
    services: [
      ...range(COORDINATORS).map((index) => coordinator(context, index)),
      cacheService(context),
      ...range(options.playerServices).map((index) => playerService(context, index)),
      lbProxy(context),
    ],
    gameReadyUrl: `http://${HOST}:${context.port(PORTS.game)}/healthz`,
    dataDir: options.dataDir,
  };
}

interface StackContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDir: string;
  port(base: number): number;
  script(app: string): string;
}

function stackContext(
  options: LocalOptions,
  env: Readonly<Record<string, string | undefined>>,
  repositoryRoot: string,
): StackContext {
  return {
    env,
    dataDir: options.dataDir,
    port: (base) => base + options.portOffset,
    script: (app) => join(repositoryRoot, 'apps', app, 'src', 'main.ts'),
  };
}

function coordinator(context: StackContext, index: number): ServiceSpec {
  const name = coordinatorName(index);
  const port = context.port(PORTS.coordinatorHttp + index);
  const clusterPort = context.port(PORTS.coordinatorCluster + index);
  const voters = range(COORDINATORS).map(
    (voter) => `${coordinatorName(voter)}@${HOST}:${context.port(PORTS.coordinatorCluster + voter)}`,
  );
  return {
    ...commonSpec(context, 'cluster-coordinator', name, port),
    env: {
      ...commonEnv(port, STOP_GRACE_MS.coordinators),
      NODE_ID: name,
      CLUSTER_HOST: HOST,
      CLUSTER_PORT: String(clusterPort),
      CLUSTER_VOTERS: voters.join(','),
      DATA_DIR: join(context.dataDir, name),
      COORDINATION_URL: context.env['COORDINATION_URL'] ?? 'embedded:',
      // Between processes of one machine nothing is lost, and an idle stack need not use its processor for more.
      ELECTION_TIMEOUT_MS: context.env['ELECTION_TIMEOUT_MS'] ?? '2000',
      HEARTBEATS_PER_ELECTION_TIMEOUT: context.env['HEARTBEATS_PER_ELECTION_TIMEOUT'] ?? '3',
      MEMBERSHIP_PRESET: context.env['MEMBERSHIP_PRESET'] ?? 'frugal',
    },
    urls: [{ url: `http://${HOST}:${port}`, what: 'cluster status at /v1/status' }],
    ports: [
      { port, protocol: 'tcp' },
      { port: clusterPort, protocol: 'tcp' },
      { port: clusterPort, protocol: 'udp' },
    ],
    stopWave: 3,
    stopGraceMs: STOP_GRACE_MS.coordinators,
  };
}

function cacheService(context: StackContext): ServiceSpec {
  const port = context.port(PORTS.cacheService);
  const outsideUrl = outsideCacheUrl(context);
  return {
    ...commonSpec(context, 'cache-service', 'cache-service', port),
    env: {
      ...commonEnv(port, STOP_GRACE_MS.cacheService),
      SERVICE_ID: 'cache-service-1',
      CACHE_URL: outsideUrl ?? 'memory:',
      ...(outsideUrl === undefined ? { DATA_DIR: join(context.dataDir, 'cache-service') } : {}),
      PLAYER_SERVICE_URLS: `http://${HOST}:${context.port(PORTS.game)}`,
      ...registration(context),
    },
    urls: [{ url: `http://${HOST}:${port}`, what: 'API at /docs' }],
    stopWave: 2,
    stopGraceMs: STOP_GRACE_MS.cacheService,
  };
}

function playerService(context: StackContext, index: number): ServiceSpec {
  const name = `player-service-${index + 1}`;
  const port = context.port(PORTS.playerService + index);
  return {
    ...commonSpec(context, 'player-service', name, port),
    env: {
      ...commonEnv(port, STOP_GRACE_MS.playerServices),
      SERVICE_ID: name,
      DATABASE_URL: context.env['DATABASE_URL'] ?? `sqlite:${join(context.dataDir, 'hanok.db')}`,
      CACHE_URL: outsideCacheUrl(context) ?? `http://${HOST}:${context.port(PORTS.cacheService)}`,
      ...registration(context),
    },
    urls: [{ url: `http://${HOST}:${port}`, what: 'API at /docs' }],
    stopWave: 1,
    stopGraceMs: STOP_GRACE_MS.playerServices,
  };
}

function lbProxy(context: StackContext): ServiceSpec {
  const gamePort = context.port(PORTS.game);
  const adminPort = context.port(PORTS.lbAdmin);
  return {
    ...commonSpec(context, 'lb-proxy', 'lb-proxy', adminPort),
    env: {
      ...commonEnv(adminPort, STOP_GRACE_MS.lbProxy),
      SERVICE_ID: 'lb-proxy-1',
      LISTEN: `${HOST}:${gamePort}`,
      // A thread for each core, the service's own default, is more than one machine's services can use.
      WORKERS: context.env['WORKERS'] ?? '1',
      DISCOVER_SERVICE: 'player-service',
      ...registration(context),
    },
    urls: [
      { url: `http://${HOST}:${gamePort}`, what: 'game traffic' },
      { url: `http://${HOST}:${adminPort}`, what: 'admin, statistics at /v1/stats' },
    ],
    ports: [
      { port: gamePort, protocol: 'tcp' },
      { port: adminPort, protocol: 'tcp' },
    ],
    stopWave: 0,
    stopGraceMs: STOP_GRACE_MS.lbProxy,
  };
}

function commonSpec(context: StackContext, app: string, name: string, port: number) {
  return {
    name,
    app,
    script: context.script(app),
    readyUrl: `http://${HOST}:${port}/readyz`,
    ports: [{ port, protocol: 'tcp' }] as readonly PortClaim[],
  };
}

/** A service writes JSON for the supervisor to format, and gives up its own drain a little before it would be killed. */
function commonEnv(port: number, graceMs: number) {
  return { HOST, PORT: String(port), LOG_FORMAT: 'json', SHUTDOWN_DEADLINE_MS: String(graceMs - 500) };
}

/**
 * A cache outside the stack. `memory:` is one process's own and cannot be shared by
 * player-services, so it means the stack's cache-service, which is also the default.
 */
function outsideCacheUrl(context: StackContext): string | undefined {
  const url = context.env['CACHE_URL'];
  return url === undefined || url === '' || url.startsWith('memory:') ? undefined : url;
}

/** Who ends by itself is restarted at once, so that nobody needs to know as soon that somebody is gone. */
function registration(context: StackContext) {
  return {
    COORDINATOR_URLS: coordinatorUrls(context),
    REGISTRATION_TTL_MS: context.env['REGISTRATION_TTL_MS'] ?? '30000',
  };
}

function coordinatorUrls(context: StackContext): string {
  return range(COORDINATORS)
    .map((index) => `http://${HOST}:${context.port(PORTS.coordinatorHttp + index)}`)
    .join(',');
}

function coordinatorName(index: number): string {
  return `coordinator-${index + 1}`;
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
