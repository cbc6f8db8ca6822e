import { STRATEGY_NAMES, type StrategyName } from '@hanok/strategies';
import { Type } from 'typebox';
import { BACKEND_STATES, MAX_WEIGHT, type BackendState } from '../pool/backend.ts';

export const backendId = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: '1 to 64 letters, digits, dots, dashes and underscores',
});

const poolName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: 'Pool that some server name leads to; default: the default pool',
});

const listenerName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  description: 'Name of the listener; default: the first one',
});

const weight = Type.Integer({ minimum: 1, maximum: MAX_WEIGHT, description: 'Share of the connections' });
const maxConnections = Type.Integer({
  minimum: 0,
  maximum: 1_000_000,
  description: 'Most connections at once; 0: no limit',
});
const state = Type.Unsafe<BackendState>(
  Type.Union(
    BACKEND_STATES.map((name) => Type.Literal(name)),
    { description: 'draining: no new connections; disabled: the open ones are closed, too' },
  ),
);
const countOf = (description: string) => Type.Integer({ minimum: 0, description });

export const strategyName = Type.Unsafe<StrategyName>(
  Type.Union(
    STRATEGY_NAMES.map((name) => Type.Literal(name)),
    { description: 'Name of a strategy' },
  ),
);

/** Which listener a request is about. */
export const listenerQuery = Type.Object(
  { listener: Type.Optional(listenerName) },
  { additionalProperties: false },
);

/** Which pool of which listener a request is about. */
export const poolQuery = Type.Object(
  { listener: Type.Optional(listenerName), pool: Type.Optional(poolName) },
  { additionalProperties: false },
);

export const idParams = Type.Object({ id: backendId });

export const newBackend = Type.Object(
  {
    id: backendId,
    host: Type.String({
      pattern: '^([A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45})$',
      description: 'Name or IP address',
    }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    weight: Type.Optional(weight),
    maxConnections: Type.Optional(maxConnections),
    state: Type.Optional(state),
    pool: Type.Optional(poolName),
  },
  { additionalProperties: false },
);

export const backendChange = Type.Object(
  {
    weight: Type.Optional(weight),
    maxConnections: Type.Optional(maxConnections),
    state: Type.Optional(state),
    drainDeadlineMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86_400_000,
        description: 'With state draining: connections still open after this long are closed (ms)',
      }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);

export const removeQuery = Type.Object(
  {
    listener: Type.Optional(listenerName),
    closeConnections: Type.Optional(Type.Boolean({ description: 'Close its open connections, too' })),
  },
  { additionalProperties: false },
);

export const backendView = Type.Object({
  id: Type.String(),
  pool: Type.Union([Type.String(), Type.Null()], { description: 'null: the default pool' }),
  host: Type.String(),
  port: Type.Integer(),
  address: Type.Union([Type.String(), Type.Null()], { description: 'IP address in use, once resolved' }),
  weight: Type.Integer(),
  maxConnections: Type.Integer(),
  state: Type.String({ description: 'enabled, draining or disabled' }),
  source: Type.String({ description: 'static, api or discovery' }),
  health: Type.String({ description: 'unknown, up, down or ejected' }),
  eligible: Type.Boolean({ description: 'Gets new connections now' }),
  activeConnections: countOf('Open connections'),
  totalConnections: countOf('Connections relayed so far'),
  failedConnects: countOf('Connects that failed'),
  averageResponseTimeMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'Moving average, alpha 0.1; null before the first sample',
  }),
  p50ResponseTimeMs: Type.Union([Type.Number(), Type.Null()], {
    description: 'Median of all samples so far, to within a fifth; null before the first',
  }),
  p99ResponseTimeMs: Type.Union([Type.Number(), Type.Null()], { description: 'The 99th percentile' }),
  bytesToBackend: countOf('Bytes relayed to the backend'),
  bytesToClient: countOf('Bytes relayed to clients'),
  lastCheckAt: Type.Union([Type.String(), Type.Null()]),
  drainDeadlineAt: Type.Union([Type.String(), Type.Null()], {
    description: 'When the connections of a draining backend will be closed; null: never',
  }),
});

export const backendList = Type.Object({ items: Type.Array(backendView), nextCursor: Type.Null() });

export const strategyBody = Type.Object({ name: strategyName }, { additionalProperties: false });

export const strategyView = Type.Object({ name: Type.String(), available: Type.Array(Type.String()) });

export const statisticsView = Type.Object({
  startedAt: Type.String(),
  uptimeMs: countOf('Time since the start'),
  strategy: Type.String(),
  connections: Type.Object({
    total: countOf('Accepted so far'),
    active: countOf('Open now, waiting ones included'),
    waiting: countOf('Waiting for a backend now'),
    queued: countOf('That had to wait'),
    retried: countOf('Connects tried on another backend'),
    adopted: countOf('Taken over from an earlier process; not in total'),
    clientGone: countOf('Clients that left before they had a backend'),
    acceptFailed: countOf('Connections the system could not hand over'),
  }),
  refused: Type.Record(Type.String(), Type.Integer(), { description: 'Clients turned away, by reason' }),
  ended: Type.Record(Type.String(), Type.Integer(), { description: 'Relays, by how they ended' }),
  workers: Type.Object({ configured: Type.Integer(), running: Type.Integer(), crashes: Type.Integer() }),
  panic: Type.Boolean({ description: 'Doubtful backends are used because too few are healthy' }),
  discovery: Type.Object({ connected: Type.Boolean() }),
  backends: Type.Array(backendView),
});

export const explainQuery = Type.Object(
  {
    source: Type.String({ minLength: 2, maxLength: 45, description: "The client's IP address" }),
    strategy: Type.Optional(strategyName),
    listener: Type.Optional(listenerName),
    pool: Type.Optional(poolName),
  },
  { additionalProperties: false },
);

export const explanationView = Type.Object({
  source: Type.String(),
  strategy: Type.String(),
  scoreMeaning: Type.String(),
  backends: Type.Array(
    Type.Object({
      id: Type.String(),
      standing: Type.String({ description: 'candidate, not-eligible, excluded or full' }),
      reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it is no candidate' }),
      score: Type.Union([Type.Number(), Type.Null()], { description: 'The lowest is the most wanted' }),
    }),
  ),
});

/** A body that is not there. */
export const nothing = Type.Null({ description: 'Done' });

export const listenerView = Type.Object({
  name: Type.String(),
  listen: Type.String({ description: 'Address as configured' }),
  port: Type.Integer({ description: 'Port in use' }),
  strategy: Type.String({ description: 'Of the default pool' }),
  pools: Type.Array(Type.Object({ name: Type.String(), strategy: Type.String() }), {
    description: 'Besides the default one',
  }),
  backends: Type.Integer(),
  activeConnections: Type.Integer(),
});

export const listenerList = Type.Object({ items: Type.Array(listenerView), nextCursor: Type.Null() });

export const reloadBody = Type.Object(
  { dryRun: Type.Optional(Type.Boolean({ description: 'Only tell what would change' })) },
  { additionalProperties: false },
);

export const changeList = Type.Object({
  applied: Type.Boolean(),
  changes: Type.Array(
    Type.Object({
      name: Type.String(),
      action: Type.String({ description: 'add, remove, change (live) or restart' }),
      settings: Type.Array(Type.Object({ setting: Type.String(), from: Type.Unknown(), to: Type.Unknown() })),
    }),
  ),
});

export const decisionQuery = Type.Object(
  {
    listener: Type.Optional(listenerName),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
    source: Type.Optional(Type.String({ minLength: 2, maxLength: 45, description: 'Only of this address' })),
  },
  { additionalProperties: false },
);

export const decisionList = Type.Object({
  items: Type.Array(
    Type.Object({
      at: Type.String(),
      source: Type.String(),
      strategy: Type.String(),
      backend: Type.Union([Type.String(), Type.Null()], { description: 'null: nobody could take it' }),
      failedBefore: countOf('Backends whose connect had failed for this client before'),
      backends: Type.Array(
        Type.Object({
          id: Type.String(),
          standing: Type.String({ description: 'candidate, not-eligible, excluded or full' }),
          reason: Type.Union([Type.String(), Type.Null()], { description: 'Why it was no candidate' }),
          score: Type.Union([Type.Number(), Type.Null()], { description: 'The lowest is the most wanted' }),
        }),
      ),
    }),
  ),
  nextCursor: Type.Null(),
});
