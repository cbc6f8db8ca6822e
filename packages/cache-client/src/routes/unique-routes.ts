import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { maxMemberLength, maxUniqueMembers, type Uniques } from '../uniques/uniques.ts';
import { assertService, type CallerOf } from './caller.ts';
import { nameOf } from './schemas.ts';

export interface UniqueRoutesOptions {
  readonly uniques: Uniques;
  /** Players may read counts; counting is for services. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['uniques'], security: bearerSecurity };
const params = Type.Object({ name: nameOf('the count') });

const body = Type.Object(
  {
    members: Type.Array(Type.String({ minLength: 1, maxLength: maxMemberLength }), {
      minItems: 1,
      maxItems: maxUniqueMembers,
    }),
  },
  { additionalProperties: false, description: 'Who was seen', examples: [{ members: ['42', '43'] }] },
);

const query = Type.Object(
  {
    days: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 31,
        description: 'Only the last days of UTC, today included; without it all time',
      }),
    ),
  },
  { additionalProperties: false },
);

const counted = Type.Object(
  {
    name: Type.String(),
    count: Type.Integer({ description: 'An estimate, with a standard error of 0.81%' }),
  },
  { description: 'How many different members were seen', examples: [{ name: 'players', count: 1203 }] },
);

/** Mounts `/v1/uniques`: how many different members were seen. */
export function uniqueRoutes(server: HanokServer, { uniques, callerOf }: UniqueRoutesOptions): void {
  server.get(
    '/v1/uniques/:name',
    {
      schema: {
        ...documented,
        summary: 'How many different members were seen, ever or in the last days',
        params,
        querystring: query,
        response: { 200: counted, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name } = request.params;
      const { days } = request.query;
      return {
        name,
        count: await (days === undefined ? uniques.count(name) : uniques.countDays(name, days)),
      };
    },
  );

  server.post(
    '/v1/uniques/:name',
    {
      schema: {
        ...documented,
        summary: 'Note that members were seen',
        params,
        body,
        response: {
          200: Type.Object(
            { changed: Type.Boolean({ description: 'Whether the count of today may have changed' }) },
            { description: 'Noted', examples: [{ changed: true }] },
          ),
          ...refusals(401, 403),
        },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      return { changed: await uniques.add(request.params.name, request.body.members) };
    },
  );

  server.delete(
    '/v1/uniques/:name',
    {
      schema: {
        ...documented,
        summary: 'Forget who was seen',
        params,
        response: { 204: Type.Null({ description: 'Gone, or was not there' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await uniques.reset(request.params.name);
      return reply.code(204).send(null);
    },
  );
}
