import { serviceOnly, type Cache, type Resharding } from '@hanok/cache-client';
import { problems, type HanokServer, type Logger } from '@hanok/service-kit';
import { Type } from 'typebox';

const documented = { tags: ['resharding'], security: [{ bearer: [] }] };

const progress = Type.Object({
  running: Type.Boolean({ description: 'Whether this process is moving keys' }),
  movedKeys: Type.Integer({ description: 'Keys this process has moved in the background' }),
  servers: Type.Array(
    Type.Object({
      shard: Type.String(),
      state: Type.Union(
        [
          Type.Literal('prepared'),
          Type.Literal('fencing'),
          Type.Literal('moving'),
          Type.Literal('done'),
          Type.Literal('unknown'),
        ],
        { description: 'done on every server: previous can be dropped from CACHE_URL' },
      ),
      outdated: Type.Array(Type.String(), {
        description: 'Addresses of processes with another list of servers',
      }),
    }),
  ),
});

export interface ReshardingRoutesOptions extends Pick<Cache, 'resharding'> {
  readonly logger: Logger;
}

/** Mounts `/v1/resharding`: moves keys to their new servers after a server was added or taken away. */
export function reshardingRoutes(server: HanokServer, { resharding, logger }: ReshardingRoutesOptions): void {
  const ending = new AbortController();
  let movedKeys = 0;
  let running: Promise<unknown> | undefined;
  server.addHook('onClose', async () => {
    ending.abort();
    await running;
  });

  const reshardingHere = (): Resharding => {
    if (resharding !== undefined) return resharding;
    throw problems.conflict({ detail: 'CACHE_URL has no previous list of servers', retryable: false });
  };
  const read = async () => ({
    running: running !== undefined,
    movedKeys,
    servers: (await reshardingHere().status()).map(({ shard, state = 'unknown' as const, outdated }) => ({
      shard,
      state,
      outdated: [...outdated],
    })),
  });

  server.get(
    '/v1/resharding',
    {
      schema: {
        ...documented,
        summary: 'How far the change of the list of Redis servers is; 409 when it does not change',
        response: { 200: progress },
      },
    },
    async (request) => {
      await serviceOnly(request);
      return read();
    },
  );

  server.post(
    '/v1/resharding',
    {
      schema: {
        ...documented,
        summary:
          'Begin to use the new list, and move the keys in the background; 409 while processes with another list are connected',
        body: Type.Object(
          {
            keysPerSecond: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 2_000 }),
            outdated: Type.Union([Type.Literal('refuse'), Type.Literal('fence')], {
              default: 'refuse',
              description: 'fence: cut processes with the old list alone off, until they are restarted',
            }),
          },
          { additionalProperties: false },
        ),
        response: { 202: progress },
      },
    },
    async (request, reply) => {
      await serviceOnly(request);
      const here = reshardingHere();
      if (running === undefined) {
        const { keysPerSecond, outdated } = request.body;
        await here.begin({ outdated });
        running = here
          .moveKeys({ keysPerSecond, signal: ending.signal, onProgress: (moved) => (movedKeys = moved) })
          .catch((error: unknown) =>
            logger.error({ err: error }, 'moving keys was interrupted; begin it again'),
          )
          .finally(() => (running = undefined));
      }
      return reply.code(202).send(await read());
    },
  );
}
