import { assertService, namePattern, serviceOnly, type Cache } from '@hanok/cache-client';
import { problems, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';

const body = Type.Object(
  {
    key: Type.Optional(
      Type.String({ pattern: '^player:[A-Za-z0-9_-]{1,64}$', description: 'One key: player:<id>' }),
    ),
    tag: Type.Optional(Type.String({ pattern: namePattern, description: 'All copies that carry this tag' })),
    pattern: Type.Optional(
      Type.String({
        pattern: '^player:[A-Za-z0-9_.:{}*?-]{0,240}$',
        description: 'Begins with player: and may hold * (any run) and ? (any one character)',
      }),
    ),
  },
  { additionalProperties: false, description: 'Exactly one of key, tag and pattern' },
);

const report = Type.Object({
  key: Type.Optional(Type.String()),
  tag: Type.Optional(Type.String()),
  pattern: Type.Optional(Type.String()),
  complete: Type.Boolean({ description: 'True when every server took part' }),
  deleted: Type.Integer({ description: 'Keys gone from the servers' }),
  shards: Type.Array(
    Type.Object({
      shard: Type.String(),
      ok: Type.Boolean(),
      deleted: Type.Integer(),
      error: Type.Optional(Type.String({ description: 'Code of the failure' })),
    }),
  ),
  nearCaches: Type.Array(
    Type.Object({
      shard: Type.String({ description: 'The server through which it was told' }),
      holder: Type.String({ description: 'Name of the near cache' }),
      outcome: Type.Union([Type.Literal('acknowledged'), Type.Literal('lapsed')], {
        description: 'lapsed: it said nothing, and serves nothing until it has begun anew',
      }),
    }),
  ),
});

/** Mounts `/v1/invalidations`. */
export function invalidationRoutes(
  server: HanokServer,
  { invalidations }: Pick<Cache, 'invalidations'>,
): void {
  server.post(
    '/v1/invalidations',
    {
      schema: {
        tags: ['invalidations'],
        security: [{ bearer: [] }],
        summary:
          'Drop cached copies by key, tag or pattern on every server and in every near cache; sessions, boards, chat and counters are none',
        body,
        response: { 200: report },
      },
    },
    async (request) => {
      assertService(await serviceOnly(request));
      const { shards, nearCaches, target, ...summary } = await invalidations.broadcast(
        targetOf(request.body),
      );
      return {
        ...target,
        ...summary,
        shards: shards.map(({ error, ...shard }) =>
          error === undefined ? shard : { ...shard, error: error.code },
        ),
        nearCaches: [...nearCaches],
      };
    },
  );
}

function targetOf({ key, tag, pattern }: { key?: string; tag?: string; pattern?: string }) {
  const given = [key, tag, pattern].filter((each) => each !== undefined);
  if (given.length === 1) {
    if (key !== undefined) return { key };
    if (tag !== undefined) return { tag };
    if (pattern !== undefined) return { pattern };
  }
  throw problems.validation({
    detail: 'Give exactly one of key, tag and pattern',
    errors: [{ field: 'body', rule: 'oneOf', message: 'must have exactly one of key, tag and pattern' }],
  });
}
