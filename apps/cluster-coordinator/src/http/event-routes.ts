import { problems, requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { catchUp, goneProblem } from './catch-up.ts';
import type { RouteContext } from './context.ts';
import { nodeIdSchema, problemResponses } from './schemas.ts';

const revisionPattern = /^\d{1,15}$/;

/** The live stream of changes. */
export function addEventRoutes(server: HanokServer, { coordination, hub }: RouteContext): void {
  const { registry } = coordination;
  server.get(
    '/v1/events',
    {
      // HEAD would open a stream that never says anything.
      exposeHeadRoute: false,
      preHandler: requireAdmin,
      schema: {
        tags: ['events'],
        summary: 'Changes of the registry, the leader and the members, and broadcasts, as server-sent events',
        description:
          'Starts with the changes after the revision given, or with a snapshot where none is given. 410: those changes ' +
          'have been forgotten; ask without a revision. The header Last-Event-ID takes precedence over since.',
        querystring: Type.Object(
          {
            since: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'Last revision seen' })),
            service: Type.Optional(
              Type.String({ minLength: 1, maxLength: 64, description: 'Only its nodes' }),
            ),
            node: Type.Optional({
              ...nodeIdSchema,
              description: 'Id of the node that reads, for broadcast reports',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.String({ description: 'text/event-stream' }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { since, service = null, node: reader = null } = request.query;
      const last = request.headers['last-event-id'];
      if (last !== undefined && (Array.isArray(last) || !revisionPattern.test(last))) {
        const message = 'must be a revision: digits only';
        throw problems.validation({
          detail: `headers.last-event-id ${message}`,
          errors: [{ field: 'headers.last-event-id', rule: 'pattern', message }],
        });
      }
      const text = last ?? since;
      const revision = text === undefined ? null : Number(text);
      if (revision !== null) {
        await catchUp(registry, revision);
        if (registry.changesSince(revision) === null) throw goneProblem(revision);
      }
      if (hub.isClosed) {
        throw problems.unavailable({ detail: 'This coordinator is stopping', retryAfterSeconds: 1 });
      }
      if (hub.isFull) {
        throw problems.unavailable({ detail: 'Too many readers of events here', retryAfterSeconds: 5 });
      }
      reply.hijack();
      // Who has gone meanwhile would never be noticed to go.
      if (!reply.raw.destroyed) hub.open(reply.raw, { since: revision, service, reader });
      return reply;
    },
  );
}
