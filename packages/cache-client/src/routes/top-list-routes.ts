import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { maxTopMembers, type TopLists } from '../top-lists/top-lists.ts';
import { assertService, type CallerOf } from './caller.ts';
import { nameOf } from './schemas.ts';

export interface TopListRoutesOptions {
  readonly topLists: TopLists;
  /** Players may read lists; counting is for services. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['top-lists'], security: bearerSecurity };
const params = Type.Object({ name: nameOf('the list') });
const count = Type.Integer({ description: 'Never too low' });

const body = Type.Object(
  {
    member: nameOf('the member'),
    by: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, default: 1 }),
  },
  { additionalProperties: false, description: 'What occurred', examples: [{ member: 'sword' }] },
);

const query = Type.Object(
  { limit: Type.Integer({ minimum: 1, maximum: maxTopMembers, default: 10 }) },
  { additionalProperties: false },
);

const topList = Type.Object(
  {
    name: Type.String(),
    items: Type.Array(
      Type.Object({
        member: Type.String(),
        count,
        error: Type.Integer({ description: 'By how much the count may be too high' }),
      }),
      { description: 'Most frequent first' },
    ),
    nextCursor: Type.Null(),
  },
  {
    description: 'The most frequent members',
    examples: [{ name: 'items', items: [{ member: 'sword', count: 12, error: 0 }], nextCursor: null }],
  },
);

/** Mounts `/v1/top-lists`: the most frequent members of a stream. */
export function topListRoutes(server: HanokServer, { topLists, callerOf }: TopListRoutesOptions): void {
  server.get(
    '/v1/top-lists/:name',
    {
      schema: {
        ...documented,
        summary: 'The most frequent members',
        params,
        querystring: query,
        response: { 200: topList, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name } = request.params;
      return { name, items: [...(await topLists.top(name, request.query.limit))], nextCursor: null };
    },
  );

  server.post(
    '/v1/top-lists/:name',
    {
      schema: {
        ...documented,
        summary: 'Count a member',
        params,
        body,
        response: {
          200: Type.Object(
            { member: Type.String(), count },
            { description: 'Counted', examples: [{ member: 'sword', count: 13 }] },
          ),
          ...refusals(401, 403, 422),
        },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      const { member, by } = request.body;
      return { member, count: await topLists.count(request.params.name, member, by) };
    },
  );

  server.delete(
    '/v1/top-lists/:name',
    {
      schema: {
        ...documented,
        summary: 'Begin the list anew',
        params,
        response: { 204: Type.Null({ description: 'Gone, or was not there' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await topLists.reset(request.params.name);
      return reply.code(204).send(null);
    },
  );
}
