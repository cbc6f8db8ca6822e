import { requireAdmin, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { KEPT_SAMPLES, SAMPLE_INTERVAL_MS } from '../observe/backend-history.ts';
import type { EventJournal } from '../observe/event-journal.ts';
import type { Sample } from '../observe/sample-ring.ts';
import { listenerQuery } from './schemas.ts';

const tags = ['observation'];
const preHandler = requireAdmin;
const MAX_WAIT_MS = 20_000;
const nullableNumbers = Type.Array(Type.Union([Type.Number(), Type.Null()]));

const historyQuery = Type.Object(
  {
    ...listenerQuery.properties,
    samples: Type.Optional(Type.Integer({ minimum: 1, maximum: KEPT_SAMPLES, default: KEPT_SAMPLES })),
    backends: Type.Optional(
      Type.String({
        maxLength: 8_192,
        description: 'Ids, comma-separated, none for the total alone; default: all',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Series of the same length, oldest first. */
const series = {
  active: Type.Array(Type.Number(), { description: 'Open connections' }),
  connectionsPerSecond: Type.Array(Type.Number()),
  bytesPerSecond: Type.Array(Type.Number(), { description: 'Both directions' }),
  p50Ms: nullableNumbers,
  p99Ms: nullableNumbers,
};

const historyView = Type.Object({
  intervalMs: Type.Integer({ description: 'Between two samples' }),
  lastSample: Type.Integer({ description: 'Number of the last sample, which ends every series' }),
  total: Type.Object(series, { description: 'All backends together' }),
  items: Type.Array(Type.Object({ id: Type.String(), ...series }), { description: 'Oldest first' }),
});

const eventQuery = Type.Object(
  {
    since: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 })),
    waitMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_WAIT_MS,
        default: 0,
        description: 'Longest wait for an event after `since`',
      }),
    ),
  },
  { additionalProperties: false },
);

const eventList = Type.Object({
  items: Type.Array(
    Type.Object({
      number: Type.Integer(),
      at: Type.String(),
      kind: Type.String({
        description: 'added, removed, up, down, ejected, enabled, draining, disabled or strategy',
      }),
      subject: Type.String(),
      detail: Type.String(),
    }),
  ),
  last: Type.Integer({ description: 'Ask with it as `since` for what comes after' }),
  nextCursor: Type.Null(),
});

/** `/v1/history` and `/v1/events`: what was, for plots and timelines. */
export function addObservationRoutes(
  server: HanokServer,
  listeners: ListenerSet,
  journal: EventJournal,
): void {
  server.get(
    '/v1/history',
    {
      preHandler,
      schema: {
        tags,
        summary: 'The last 15 minutes of each backend, a sample each 5 s',
        querystring: historyQuery,
        response: { 200: historyView },
      },
    },
    (request) => {
      const { listener, samples = KEPT_SAMPLES, backends } = request.query;
      const { history } = listeners.get(listener);
      const ids = backends === undefined ? undefined : new Set(backends.split(','));
      return {
        intervalMs: SAMPLE_INTERVAL_MS,
        lastSample: history.lastSample,
        total: seriesOf(history.total(samples)),
        items: history.series(samples, ids).map(({ id, samples: taken }) => ({ id, ...seriesOf(taken) })),
      };
    },
  );

  server.get(
    '/v1/events',
    {
      preHandler,
      schema: {
        tags,
        summary: 'What happened to the backends, the last 500 events, oldest first; a long poll with waitMs',
        querystring: eventQuery,
        response: { 200: eventList },
      },
    },
    async (request, reply) => {
      const { since = 0, waitMs = 0 } = request.query;
      const gone = new AbortController();
      reply.raw.on('close', () => gone.abort());
      await journal.changed(since, waitMs, gone.signal);
      return { items: journal.since(since), last: journal.last, nextCursor: null };
    },
  );
  server.addHook('preClose', async () => journal.close());
}

function seriesOf(samples: readonly Sample[]) {
  return {
    active: samples.map((each) => each.active),
    connectionsPerSecond: samples.map((each) => each.connectionsPerSecond),
    bytesPerSecond: samples.map((each) => each.bytesPerSecond),
    p50Ms: samples.map((each) => each.p50Ms),
    p99Ms: samples.map((each) => each.p99Ms),
  };
}
