/** Why a client was turned away before a byte was relayed. */
export const REFUSALS = [
  'connection-limit',
  'source-connection-limit',
  'source-rate-limit',
  'proxy-header',
  'tls-handshake',
  'queue-full',
  'queue-timeout',
  'connect-failed',
  'local-resources',
  'closed-by-admin',
  'shutting-down',
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** How a relayed connection ended. */
export const ENDINGS = [
  'finished',
  'client-reset',
  'backend-reset',
  'idle-timeout',
  'half-closed-timeout',
  'closed-by-admin',
  'shutting-down',
] as const;

export type Ending = (typeof ENDINGS)[number];

/** Everything a worker counts besides refusals and endings. */
export const EVENTS = ['accepted', 'client-gone', 'queued', 'retried', 'accept-failed', 'adopted'] as const;

export type ProxyEvent = (typeof EVENTS)[number];
