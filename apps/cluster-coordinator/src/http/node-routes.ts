import { registryLimits } from '@hanok/cluster';
import type { Registration } from '@hanok/cluster';
import { problems, requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { nodeView } from '../registry/node-view.ts';
import { awaitChange, awaitQuery } from './await-change.ts';
import type { RouteContext } from './context.ts';
import { jsonSizeBytes } from './json-size.ts';
import {
  consistentSchema,
  nodeParams,
  nodeStateSchema,
  problemResponses,
  registrationBody,
  serviceNodeSchema,
  staleSchema,
} from './schemas.ts';
import type { RegistrationBody } from './schemas.ts';

const nodeList = Type.Object({
  items: Type.Array(serviceNodeSchema),
  nextCursor: Type.Null(),
  revision: Type.Integer({ description: 'Resume GET /v1/events from here' }),
  stale: staleSchema,
});

/** On answers whose body has no room for `stale`. */
const staleHeader = 'x-hanok-stale';

/** The registry of services. */
export function addNodeRoutes(server: HanokServer, { coordination, waits }: RouteContext): void {
  const { registry } = coordination;
  const tags = ['registry'];

  server.get(
    '/v1/nodes',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary:
          'All registered services, or those of a kind or in a state; with since, once they have changed',
        description:
          'A long poll: ask with the revision of the last answer as `since`. 410: changes since then have been ' +
          'forgotten; ask without `since`.',
        querystring: Type.Object(
          {
            service: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
            state: Type.Optional(nodeStateSchema),
            consistent: consistentSchema,
            ...awaitQuery,
          },
          { additionalProperties: false },
        ),
        response: { 200: nodeList, ...problemResponses },
      },
    },
    async ({ query: { consistent, since, waitMs, ...filter } }, reply) => {
      if (consistent === 'true') await registry.sync();
      await awaitChange({ waits, registry }, { since, waitMs, service: filter.service }, reply);
      return {
        items: registry.list(filter).map((node) => nodeView(node)),
        nextCursor: null,
        revision: registry.revision,
        stale: !coordination.isCurrent(),
      };
    },
  );

  server.get(
    '/v1/nodes/:id',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'One registered service',
        description: `The header ${staleHeader} says whether the answer may be old, as \`stale\` does in the list.`,
        params: nodeParams,
        querystring: Type.Object({ consistent: consistentSchema }, { additionalProperties: false }),
        response: { 200: serviceNodeSchema, ...problemResponses },
      },
    },
    async (request, reply) => {
      if (request.query.consistent === 'true') await registry.sync();
      void reply.header(staleHeader, String(!coordination.isCurrent()));
      const node = registry.get(request.params.id);
      if (node === null) throw unknownNode(request.params.id);
      return nodeView(node);
    },
  );

  server.put(
    '/v1/nodes/:id',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'Register a service, change its registration, or renew its lease',
        description:
          'Repeat it well before ttlMs is over; a repetition that changes nothing costs next to nothing.',
        params: nodeParams,
        body: registrationBody,
        response: { 200: serviceNodeSchema, 201: serviceNodeSchema, ...problemResponses },
      },
    },
    async (request, reply) => {
      const result = await registry.register(registrationOf(request.params.id, request.body));
      switch (result.outcome) {
        case 'registered':
          return reply.code(201).send(nodeView(result.node));
        case 'updated':
        case 'renewed':
          return nodeView(result.node);
        case 'id-taken': {
          const { service, host, port } = result.node;
          throw problems.conflict({
            detail: `${request.params.id} is alive as ${service} at ${host}:${port}; remove it first, or use another id`,
            errors: [{ field: 'params.id', rule: 'unique', message: 'is taken at another address' }],
          });
        }
        case 'full':
          throw problems.insufficientStorage({
            detail: `The registry is full: it holds at most ${registryLimits.maxNodes} nodes`,
          });
        default:
          throw problems.internal({ detail: `unexpected outcome ${result.outcome}` });
      }
    },
  );

  server.delete(
    '/v1/nodes/:id',
    {
      preHandler: requireAdmin,
      schema: {
        tags,
        summary: 'Remove a service from the registry',
        params: nodeParams,
        response: { 204: Type.Null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { outcome } = await registry.remove(request.params.id);
      if (outcome === 'unknown') throw unknownNode(request.params.id);
      return reply.code(204).send(null);
    },
  );
}

function registrationOf(id: string, body: RegistrationBody): Registration {
  const metadata = body.metadata ?? {};
  if (jsonSizeBytes(metadata) > registryLimits.maxMetadataBytes) {
    const message = `must be at most ${registryLimits.maxMetadataBytes} bytes as JSON`;
    throw problems.validation({
      detail: `body.metadata ${message}`,
      errors: [{ field: 'body.metadata', rule: 'maxSize', message }],
    });
  }
  return { ...body, id, metadata };
}

function unknownNode(id: string) {
  return problems.notFound({ detail: `No node ${id} is registered` });
}
