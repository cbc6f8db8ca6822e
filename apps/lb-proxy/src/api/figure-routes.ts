import { requireAdmin, type Clock, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { readFigures, versionOf } from '../observe/figures.ts';
import { backendView, listenerView, statisticsView } from './schemas.ts';

const columnOf = (description: string) => Type.Array(Type.Integer({ minimum: 0 }), { description });
const latencies = (description: string) =>
  Type.Array(Type.Union([Type.Number(), Type.Null()]), { description });

const figuresQuery = Type.Object(
  {
    known: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'The version one has the descriptions of: as long as it is this one, they are left out',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What is told of a backend besides its figures. */
const described = [
  'id',
  'pool',
  'host',
  'port',
  'weight',
  'maxConnections',
  'state',
  'source',
  'health',
  'eligible',
] as const;

const figuresView = Type.Object({
  version: Type.String({ description: 'Of all descriptions of backends and their order' }),
  listeners: Type.Array(
    Type.Object({
      ...Type.Pick(listenerView, ['name', 'listen', 'port', 'strategy', 'pools']).properties,
      ...Type.Pick(statisticsView, ['panic', 'discovery']).properties,
      connections: Type.Pick(statisticsView.properties.connections, ['total', 'active', 'waiting']),
      refused: Type.Integer({ minimum: 0, description: 'Clients turned away so far' }),
      backends: Type.Optional(
        Type.Array(Type.Pick(backendView, described), {
          description: 'Their descriptions; absent: those of the version that is `known`',
        }),
      ),
      figures: Type.Object(
        {
          activeConnections: columnOf('Open connections'),
          totalConnections: columnOf('Connections relayed so far'),
          failedConnects: columnOf('Connects that failed'),
          bytesToBackend: columnOf('Bytes relayed to the backend'),
          bytesToClient: columnOf('Bytes relayed to clients'),
          p50Ms: latencies('Median response time of the last 5 s; null without an answer'),
          p99Ms: latencies('The 99th percentile of the last 5 s'),
        },
        { description: 'A value for each backend, in the order of the descriptions' },
      ),
    }),
  ),
});

/** `/v1/figures`: what changes all the time, in one short answer, for who asks every second. */
export function addFigureRoutes(server: HanokServer, listeners: ListenerSet, clock: Clock): void {
  server.get(
    '/v1/figures',
    {
      preHandler: requireAdmin,
      schema: {
        tags: ['observation'],
        summary: 'Figures of all listeners and backends as columns; descriptions only when they have changed',
        querystring: figuresQuery,
        response: { 200: figuresView },
      },
    },
    (request) => {
      const read = readFigures(listeners, clock.monotonicMs());
      const version = versionOf(read);
      if (version !== request.query.known) return { version, listeners: read };
      return { version, listeners: read.map(({ backends: _known, ...listener }) => listener) };
    },
  );
}
