export {
  bearerToken,
  createAdminPolicy,
  isLoopbackHost,
  sessionTokenPrefix,
  type AdminPolicy,
  type CredentialHeaders,
} from './admin-policy.ts';
export {
  createHttpClient,
  HttpError,
  UnreachableError,
  type HttpAnswer,
  type HttpCall,
  type HttpClient,
  type HttpClientOptions,
} from './client/http-client.ts';
export { commonConfig, portConfig } from './config/common-config.ts';
export {
  describeConfig,
  envExampleProblems,
  redactConfig,
  type SettingDescription,
} from './config/describe-config.ts';
export { envName } from './config/env-name.ts';
export { ConfigError, loadConfig, type Environment } from './config/load-config.ts';
export { secret } from './config/secret.ts';
export { tlsConfig, type TlsSettings } from './config/tls-config.ts';
export { drainConfig } from './drain-delay.ts';
export { bearerSecurity, problemSchema, refusals } from './http/api-document.ts';
export { telemetryConfig } from './config/telemetry-config.ts';
export { createServer, type HanokServer, type ServerOptions } from './http/create-server.ts';
export { trustedProxiesConfig } from './http/trusted-proxies.ts';
export type { ErrorMapper } from './http/error-handling.ts';
export type { Readiness, ReadinessCheck } from './http/health-routes.ts';
export { requestIdHeader } from './http/request-ids.ts';
export { isAdmin, requireAdmin } from './http/require-admin.ts';
export { JsonLinesFile, type JsonLinesOptions } from './json-lines-file.ts';
export { createLogger, silentLogger, type Logger, type LoggerOptions } from './logging.ts';
export {
  Problem,
  problems,
  type FieldViolation,
  type ProblemDocument,
  type ProblemOptions,
} from './problem.ts';
export { systemRng, type Rng } from './random.ts';
export { currentRequestId, runInRequestContext, type RequestContext } from './request-context.ts';
export {
  exitCodeConfig,
  runService,
  type ListenAddress,
  type Service,
  type ServiceDefinition,
} from './run-service.ts';
export {
  announcedMetadata,
  serviceAuthority,
  serviceScheme,
  serviceUrl,
  type AnnouncedSettings,
  type ServiceAddress,
  type ServiceScheme,
} from './service-address.ts';
export { sleepOn, systemClock, untilNextBeatMs, type Clock, type Timer } from './time.ts';
