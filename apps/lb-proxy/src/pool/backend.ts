import type { BackendHealth } from './backend-health.ts';

/** What may be done with a backend: `draining` gets no new connections, `disabled` loses the open ones too. */
export const BACKEND_STATES = ['enabled', 'draining', 'disabled'] as const;
export type BackendState = (typeof BACKEND_STATES)[number];

/** Highest weight a backend may have. */
export const MAX_WEIGHT = 256;

/** Who brought a backend in: the configuration, the admin API, or the coordinators' registry. */
export type BackendSource = 'static' | 'api' | 'discovery';

/** A backend as it is asked for. */
export interface BackendSpec {
  readonly id: string;
  /** Name or IP address. */
  readonly host: string;
  readonly port: number;
  /** Share of the connections, for strategies that weigh. */
  readonly weight: number;
  /** Most connections at once; 0: no limit. */
  readonly maxConnections: number;
  readonly state: BackendState;
  readonly source: BackendSource;
  /** Pool within the listener, for clients that are routed there; absent: the default one. */
  readonly pool?: string;
}

/** What can be changed of a backend that is there. */
export type BackendChange = Partial<Pick<BackendSpec, 'weight' | 'maxConnections' | 'state'>>;

/** A backend in the pool. */
export interface Backend {
  readonly slot: number;
  readonly version: number;
  spec: BackendSpec;
  readonly health: BackendHealth;
  /** IP address in use; undefined until the name was resolved. */
  address: string | undefined;
  /** When it became healthy last, for the slow start. */
  upSinceMs: number;
  /** ISO 8601 time of the last check; null before the first. */
  checkedAt: string | null;
}

/** The pool refuses a change. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
  readonly code: BackendErrorCode;
  readonly field: string;

  constructor(code: BackendErrorCode, field: string, message: string) {
    super(message);
    this.code = code;
    this.field = field;
  }
}

export type BackendErrorCode =
  'backend_not_found' | 'backend_exists' | 'backend_address_taken' | 'backend_pool_full';
