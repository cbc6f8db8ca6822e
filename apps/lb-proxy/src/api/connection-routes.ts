import { isIP } from 'node:net';
import { problems, requireAdmin, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { ListenerSet } from '../listeners/listener-set.ts';
import { CONNECTION_ID_PATTERN, listConnections, parseConnectionId } from '../observe/live-connections.ts';
import { backendId, listenerQuery, nothing } from './schemas.ts';

const tags = ['connections'];
const preHandler = requireAdmin;
const DEFAULT_LIMIT = 100;

const connectionId = Type.String({ pattern: CONNECTION_ID_PATTERN, description: 'Id of a connection' });

const connectionQuery = Type.Object(
  {
    ...listenerQuery.properties,
    backend: Type.Optional(backendId),
    source: Type.Optional(
      Type.String({ minLength: 2, maxLength: 45, description: "The client's IP address" }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: DEFAULT_LIMIT })),
    cursor: Type.Optional(connectionId),
  },
  { additionalProperties: false },
);

const connectionList = Type.Object({
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      source: Type.String({ description: 'Address of the client' }),
      backend: Type.Union([Type.String(), Type.Null()], { description: 'null: it has none yet' }),
      state: Type.String({ description: 'waiting, connecting or relaying' }),
      openedAt: Type.String(),
      bytesToBackend: Type.Integer({ minimum: 0, description: 'Up to about a second ago' }),
      bytesToClient: Type.Integer({ minimum: 0 }),
    }),
  ),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
});

/** `/v1/connections`: who is connected now, and the end of one connection. */
export function addConnectionRoutes(server: HanokServer, listeners: ListenerSet): void {
  server.get(
    '/v1/connections',
    {
      preHandler,
      schema: {
        tags,
        summary: "A listener's open client connections, page by page",
        querystring: connectionQuery,
        response: { 200: connectionList },
      },
    },
    (request) => {
      const { listener, backend, source, limit = DEFAULT_LIMIT, cursor } = request.query;
      const balancer = listeners.get(listener);
      if (source !== undefined && isIP(source) === 0) {
        throw problems.validation({
          detail: 'query.source must be an IP address',
          errors: [{ field: 'query.source', rule: 'address', message: 'must be an IP address' }],
        });
      }
      return listConnections(balancer, {
        limit,
        ...(cursor === undefined ? {} : { after: parseConnectionId(cursor) }),
        ...(backend === undefined ? {} : { slot: balancer.backends.get(backend).slot }),
        ...(source === undefined ? {} : { source }),
      });
    },
  );

  server.delete(
    '/v1/connections/:id',
    {
      preHandler,
      schema: {
        tags,
        summary: 'Close one client connection with a reset',
        params: Type.Object({ id: connectionId }),
        querystring: listenerQuery,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { workers } = listeners.get(request.query.listener);
      const { thread, serial } = parseConnectionId(id);
      if (!(await workers.closeConnection(thread, serial))) {
        throw problems.notFound({ detail: `there is no connection ${id}` });
      }
      return reply.code(204).send(null);
    },
  );
}
