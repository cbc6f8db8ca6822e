import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyHttpOptions,
  type FastifyInstance,
  type RawServerDefault,
} from 'fastify';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server as SecureServer } from 'node:https';
import { Registry } from 'prom-client';
import { createAdminPolicy, type AdminPolicy } from '../admin-policy.ts';
import type { TlsSettings } from '../config/tls-config.ts';
import { silentLogger, type Logger } from '../logging.ts';
import { runInRequestContext } from '../request-context.ts';
import { addCertificateMetric } from '../telemetry/certificate-metric.ts';
import { LoadGuard } from '../telemetry/load-guard.ts';
import { shedLoad } from '../telemetry/shed-load.ts';
import { traceRequests } from '../telemetry/trace-requests.ts';
import { currentTracer } from '../telemetry/tracer.ts';
import { systemClock, type Clock } from '../time.ts';
import { answerWithProblems, sendProblem, type ErrorMapper } from './error-handling.ts';
import { gatherRequests } from './gather-requests.ts';
import { addHealthRoutes, type Readiness } from './health-routes.ts';
import { readJsonBodies } from './json-body.ts';
import { addMetrics } from './metrics-routes.ts';
import { addDocumentOnDemand } from './on-demand-document.ts';
import { requestIdHeader, requestIdOf } from './request-ids.ts';
import { trackRoutes } from './route-table.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { serializeOnDemand } from './serialization.ts';
import { readServerCertificate } from './server-tls.ts';
import { acceptProxyHeaders, trusting } from './trusted-proxies.ts';
import { validateStrictly } from './validation.ts';
import { problems } from '../problem.ts';

/** A fastify instance whose handlers get their types from TypeBox schemas. */
export type HanokServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Decides which requests carry the admin or service credential. */
    adminPolicy: AdminPolicy;
    /** Makes `/readyz` answer 503 from now on; called first when a service stops. */
    beginStop(): void;
    /** Reads the certificate again, for connections made from now on. @throws ConfigError, and then keeps the old one */
    renewCertificate(): void;
    /** The registry that `/metrics` shows; services add their own metrics to it. */
    metricsRegistry: Registry;
    /** Turns requests away while the event loop is late; off until it is started. */
    loadGuard: LoadGuard;
  }
}

export interface ServerOptions {
  /** The service's name, in logs and as the title of its API document. */
  readonly name: string;
  /** What the service is for, at the top of its API document. */
  readonly description: string;
  /** Version in the API document. Default `1.0.0`. */
  readonly version?: string;
  /** Address the service will listen on: without `adminToken` it must be loopback. */
  readonly host: string;
  readonly adminToken?: string | undefined;
  /** The files of a certificate to speak HTTPS with. Default: plain HTTP. */
  readonly tls?: TlsSettings;
  /** Addresses or ranges of proxies whose word for the address of a client is taken. Default: none. */
  readonly trustedProxies?: readonly string[];
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: ready as long as the process runs. */
  readonly readiness?: Readiness;
  /** Turns domain errors into problems. Default: none. */
  readonly mapError?: ErrorMapper;
  /** Largest body a route takes unless it says otherwise, bytes. Default 65,536. */
  readonly bodyLimitBytes?: number;
  /** Longest a request may take to arrive, milliseconds. Default 10,000. */
  readonly requestTimeoutMs?: number;
  /** Default: a registry of its own. */
  readonly metrics?: Registry;
  readonly clock?: Clock;
}

type ServerHttpOptions = NonNullable<FastifyHttpOptions<RawServerDefault>['http']>;

/** A slow answer is worth a log line; the others are in the metrics. */
const slowRequestMs = 1_000;

/**
 * Builds the HTTP server that every service starts from: strict validation, RFC 9457 problems, request ids
 * carried on, `/healthz`, `/readyz`, `/metrics`, OpenAPI 3.1 at `/docs` (the document: `/docs/json`), bounds
 * on bodies, headers and time. It does not listen. Add routes, then call `listen`.
 *
 * @throws ConfigError when `host` is not loopback and there is no admin token, or the certificate cannot be used, or
 * a trusted proxy is no address.
 */
export async function createServer(options: ServerOptions): Promise<HanokServer> {
  const adminPolicy = createAdminPolicy(options.host, options.adminToken);
  const certificate = readServerCertificate(options.tls ?? {});
  const { trustedProxies = [] } = options;
  const isTrusted = trustedProxies.length === 0 ? undefined : trusting(trustedProxies);
  const registry = options.metrics ?? new Registry();
  const logger = options.logger ?? silentLogger;
  // Its lines have nothing secret in them, and looking for it costs as much as writing them.
  const accessLogger = logger.child({}, { redact: [] });
  // Typed as fastify's smaller logger, so that handlers do not come to depend on pino.
  const loggerInstance: FastifyBaseLogger = logger;
  const server: HanokServer = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    // A child for each request would cost every request for the sake of the few that log; lines get the id of
    // their request from its context.
    childLoggerFactory: (parent) => parent,
    genReqId: requestIdOf,
    bodyLimit: options.bodyLimitBytes ?? 65_536,
    requestTimeout: options.requestTimeoutMs ?? 10_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // What arrives on an open connection while it closes is answered like everything else.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 256 },
    trustProxy: isTrusted ?? false,
    // Typed as the plain server's, which the secure one does everything of.
    ...({
      [certificate === undefined ? 'http' : 'https']: {
        maxHeaderSize: 16_384,
        headersTimeout: options.requestTimeoutMs ?? 10_000,
        ...certificate,
      },
    } as { http: ServerHttpOptions }),
    frameworkErrors: (error, request, reply) => {
      const detail =
        error.code === 'FST_ERR_BAD_URL' ? 'The path is not valid percent-encoded UTF-8' : error.message;
      const errors = [{ field: 'url', rule: 'encoding', message: detail }];
      void sendProblem(problems.validation({ detail, errors }), request, reply);
    },
  }).withTypeProvider<TypeBoxTypeProvider>();

  if (isTrusted !== undefined) acceptProxyHeaders(server.server, isTrusted);
  let stopping = false;
  server.decorate('adminPolicy', adminPolicy);
  server.decorate('metricsRegistry', registry);
  server.decorate('beginStop', () => {
    stopping = true;
  });
  server.decorate('renewCertificate', () => {
    const renewed = readServerCertificate(options.tls ?? {});
    if (renewed === undefined || !(server.server instanceof SecureServer)) return;
    server.server.setSecureContext(renewed);
    shown = renewed.cert;
  });
  let shown = certificate?.cert ?? '';
  if (certificate !== undefined) addCertificateMetric(registry, () => shown);

  const guard = new LoadGuard(options.clock ?? systemClock, registry);
  server.decorate('loadGuard', guard);
  server.addHook('onClose', async () => guard.stop());

  const routes = trackRoutes(server);
  validateStrictly(server);
  serializeOnDemand(server);
  readJsonBodies(server);
  answerWithProblems(server, routes, options.mapError ?? (() => undefined));

  gatherRequests(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header(requestIdHeader, request.id);
    runInRequestContext({ requestId: request.id }, done);
  });
  const tracer = currentTracer();
  if (tracer !== undefined) traceRequests(server, tracer);
  shedLoad(server, guard);
  // A connection that stays open for a next request would hold up the stop until its idle timeout.
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (stopping) void reply.header('connection', 'close');
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    const elapsedMs = reply.elapsedTime;
    if (elapsedMs > slowRequestMs || logger.isLevelEnabled('debug')) {
      const { method, url, id: reqId } = request;
      const line = { reqId, method, url, status: reply.statusCode, elapsedMs: Math.round(elapsedMs) };
      if (elapsedMs > slowRequestMs) logger.warn(line, 'slow request');
      else accessLogger.debug(line, 'request');
    }
    done();
  });

  addSecurityHeaders(server, certificate !== undefined);
  addDocumentOnDemand(server, {
    title: options.name,
    description: options.description,
    version: options.version ?? '1.0.0',
  });
  addMetrics(server, registry);
  addHealthRoutes(
    server,
    options.readiness ?? (() => Promise.resolve({})),
    () => stopping,
    options.clock ?? systemClock,
  );
  return server;
}
