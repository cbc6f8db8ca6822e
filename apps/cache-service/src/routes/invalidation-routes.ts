import { assertService, serviceOnly, type Cache } from '@hanok/cache-client';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';

const report = Type.Object({
  pattern: Type.String(),
  complete: Type.Boolean({ description: 'True when every server took part' }),
  deleted: Type.Integer(),
  shards: Type.Array(
    Type.Object({
      shard: Type.String(),
      ok: Type.Boolean(),
      deleted: Type.Integer(),
      error: Type.Optional(Type.String({ description: 'Code of the failure' })),
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
          'Drop cached copies by pattern on every server; sessions, boards, chat and counters are none',
        body: Type.Object(
          {
            pattern: Type.String({
              pattern: '^player:[A-Za-z0-9_.:{}*?-]{0,240}$',
              description: 'Begins with player: and may hold * (any run) and ? (any one character)',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 200: report },
      },
    },
    async (request) => {
      assertService(await serviceOnly(request));
      const { shards, ...summary } = await invalidations.broadcast(request.body.pattern);
      return {
        ...summary,
        shards: shards.map(({ error, ...shard }) =>
          error === undefined ? shard : { ...shard, error: error.code },
        ),
      };
    },
  );
}
