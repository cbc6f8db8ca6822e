import { Type } from 'typebox';
import { secret } from './secret.ts';
import { telemetryConfig } from './telemetry-config.ts';
import { tlsConfig } from './tls-config.ts';

/**
 * Settings that every service has. Spread them into the service's own schema and override what differs,
 * such as the default port.
 */
export const commonConfig = {
  host: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    maxLength: 255,
    description: 'Address to listen on; any other than loopback needs ADMIN_TOKEN',
  }),
  adminToken: Type.Optional(
    secret({
      minLength: 8,
      maxLength: 512,
      // A player's session token starts with hps_; the two kinds must never be mistaken for each other.
      pattern: '^(?!hps_)[\\x21-\\x7e]+$',
      description:
        'Token of admins and of other services: 8 to 512 printable characters, no spaces, not starting with hps_',
    }),
  ),
  ...tlsConfig,
  serviceId: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      description:
        'Id in the registry: 1 to 64 letters, digits, dots, dashes and underscores; default: name and port',
    }),
  ),
  advertiseHost: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'Host that others reach this service at; default: HOST',
    }),
  ),
  release: Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,64}$',
      description:
        'Release that runs, 1 to 64 printable characters without spaces; the registry shows it, the console tells when it changes',
    }),
  ),
  coordinatorUrls: Type.Array(Type.String({ pattern: '^https?://' }), {
    default: [],
    maxItems: 16,
    description: 'Coordinators to register with, comma-separated http(s) URLs; empty: do not register',
  }),
  registrationTtlMs: Type.Integer({
    default: 15_000,
    minimum: 3_000,
    maximum: 300_000,
    description:
      'How long the registry keeps this service after its last sign of life, which comes three times as often (ms)',
  }),
  logLevel: Type.Union(
    [
      Type.Literal('trace'),
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
      Type.Literal('fatal'),
      Type.Literal('silent'),
    ],
    { default: 'info', description: 'Least severe level that is logged' },
  ),
  logFormat: Type.Union([Type.Literal('json'), Type.Literal('pretty')], {
    default: 'json',
    description: 'One JSON object a line, or readable lines for a terminal',
  }),
  ...telemetryConfig,
  shutdownDeadlineMs: Type.Integer({
    default: 8_000,
    minimum: 100,
    maximum: 600_000,
    description: 'Milliseconds a stop may take before the process ends all the same',
  }),
};

/** The `port` setting with a service's own default. 0 picks a free port. */
export function portConfig(defaultPort: number) {
  return Type.Integer({
    default: defaultPort,
    minimum: 0,
    maximum: 65_535,
    description: 'Port to listen on; 0 picks a free one',
  });
}
