import { flushCompileCache } from 'node:module';
import { promisify } from 'node:util';
import type { Static, TObject } from 'typebox';
import { ConfigError, loadConfig } from './config/load-config.ts';
import { redactConfig } from './config/describe-config.ts';
import type { TlsSettings } from './config/tls-config.ts';
import { drainConnections } from './drain-delay.ts';
import type { HanokServer } from './http/create-server.ts';
import { trustAuthorities } from './http/server-tls.ts';
import { createLogger, type Logger } from './logging.ts';
import { startTracing, type TracingSettings } from './telemetry/start-tracing.ts';
import type { Tracer } from './telemetry/tracer.ts';
import { systemClock } from './time.ts';

/** Exit code of a process whose configuration is wrong (EX_CONFIG): starting it again cannot help. */
export const exitCodeConfig = 78;

/** What `runService` needs to know of a started service. */
export interface Service {
  readonly server: HanokServer;
  /** Called once the server listens; the place to announce it. */
  started?(address: ListenAddress): Promise<void> | void;
  /**
   * Called first on a stop: stop attracting requests. They are still served for `drainDelayMs` afterwards, each answer
   * ending its connection.
   */
  drain?(): Promise<void>;
  /** Called last, when no request is open any more: close what the service holds. */
  close?(): Promise<void>;
}

export interface ListenAddress {
  readonly host: string;
  /** The actual port, also when the configured one was 0. */
  readonly port: number;
}

interface BaseConfig extends TlsSettings, TracingSettings {
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty';
  readonly shutdownDeadlineMs: number;
  readonly drainDelayMs?: number;
  readonly coordinatorUrls?: readonly string[];
  readonly serviceId?: string;
  readonly maxEventLoopDelayMs?: number;
}

export interface ServiceDefinition<S extends TObject> {
  readonly name: string;
  /** Schema of the settings; must contain `commonConfig` and a `port`. */
  readonly config: S;
  start(config: Static<S>, context: { logger: Logger }): Promise<Service>;
}

/**
 * The life of a service process: read the configuration, start, listen, and on SIGTERM or SIGINT drain,
 * finish the open requests and close, within `shutdownDeadlineMs`. A second signal ends it at once.
 * With `HANOK_SUPERVISED=1` the loss of the parent's IPC channel counts as SIGTERM, so that no child
 * outlives its supervisor. What prevents a start is told in one sentence on standard error.
 */
export async function runService<S extends TObject>(definition: ServiceDefinition<S>): Promise<void> {
  const { name } = definition;
  let service: Service;
  let config: Static<S> & BaseConfig;
  let logger: Logger;
  let tracer: Tracer | undefined;
  try {
    config = loadConfig(definition.config, process.env) as Static<S> & BaseConfig;
    logger = createLogger({ name, level: config.logLevel, format: config.logFormat });
    trustAuthorities(config);
    // Before anything is opened that could be traced.
    tracer = await startTracing(name, config.serviceId ?? `${name}-${config.port}`, config);
    service = await definition.start(config, { logger });
    await service.server.listen({ host: config.host, port: config.port });
  } catch (error) {
    process.stderr.write(`${name}: ${startFailure(error)}\n`);
    process.exit(error instanceof ConfigError ? exitCodeConfig : 1);
  }

  service.server.loadGuard.start(config.maxEventLoopDelayMs ?? 0);
  const stop = createStop(service, logger, config, tracer);
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (config.tlsCertFile !== undefined) process.on('SIGHUP', () => renewCertificate(service, logger));
  if (process.env['HANOK_SUPERVISED'] === '1') {
    process.on('disconnect', () => stop('supervisor gone'));
    if (!process.connected) stop('supervisor gone');
  }
  process.on('uncaughtException', (error, origin) => {
    logger.fatal({ err: error, origin }, 'defect: this process cannot go on');
    process.exit(1);
  });

  const bound = service.server.addresses().find((each) => typeof each === 'object');
  const address = { host: config.host, port: bound?.port ?? config.port };
  logger.info(
    { config: redactConfig(definition.config, config) },
    `${name} listens on ${config.tlsCertFile === undefined ? 'http' : 'https'}://${address.host}:${address.port}`,
  );
  await service.started?.(address);
  // Where compiled code is kept on disk (NODE_COMPILE_CACHE), Node writes it while the process ends, file by file: a stop
  // would wait for a slow disk.
  flushCompileCache();
  releaseStartMemory();
}

/**
 * A start leaves some ten megabytes behind that Node would keep until they are needed. Where it was told to expose its
 * collector (`--expose-gc`, as processes that share a small machine are), they are given back once the start is over.
 */
function releaseStartMemory(): void {
  const { gc } = globalThis;
  if (gc !== undefined)
    setTimeout(() => void gc({ type: 'major', execution: 'async', flavor: 'last-resort' }), 5_000).unref();
}

function renewCertificate(service: Service, logger: Logger): void {
  try {
    service.server.renewCertificate();
    logger.info('certificate read again');
  } catch (error) {
    logger.error({ err: error }, 'certificate not taken over');
  }
}

function createStop(
  service: Service,
  logger: Logger,
  config: BaseConfig,
  tracer: Tracer | undefined,
): (reason: string) => void {
  const { shutdownDeadlineMs: deadlineMs } = config;
  let stopping = false;
  return (reason) => {
    if (stopping) {
      logger.warn({ reason }, 'asked to stop twice: ending at once');
      process.exit(1);
    }
    stopping = true;
    logger.info({ reason }, 'stopping');
    // Unreferenced: the deadline must not keep alive a process that has nothing else left to do.
    setTimeout(() => {
      logger.error({ deadlineMs }, 'not stopped in time: ending all the same');
      process.exit(1);
    }, deadlineMs).unref();
    stopOrderly(service, config, tracer).then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
}

async function stopOrderly(service: Service, config: BaseConfig, tracer: Tracer | undefined): Promise<void> {
  const { server } = service;
  server.beginStop();
  await service.drain?.();
  await drainConnections({
    delayMs: config.drainDelayMs ?? 0,
    clock: systemClock,
    expectsCallers: (config.coordinatorUrls ?? []).length > 0,
    openConnections: promisify(server.server.getConnections.bind(server.server)),
  });
  await service.server.close();
  await service.close?.();
  await tracer?.close();
}

function startFailure(error: unknown): string {
  const { code, message, port, address } = error as NodeJS.ErrnoException & {
    port?: number;
    address?: string;
  };
  if (code === 'EADDRINUSE')
    return `port ${port} on ${address} is already in use; free it or set another PORT`;
  if (code === 'EACCES' && port !== undefined)
    return `not allowed to listen on port ${port}; set a PORT above 1023`;
  return error instanceof ConfigError ? message : `cannot start: ${message}`;
}
