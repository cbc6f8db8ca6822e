import { assertService, MemoryStore, serviceOnly, type CacheStore } from '@hanok/cache-client';
import { bearerSecurity, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { engineFigures } from '../observe/engine-figures.ts';
import type { StoreTraffic } from '../observe/store-traffic.ts';

const shownHotKeys = 12;
const nullable = (description: string) => Type.Union([Type.Integer(), Type.Null()], { description });

const statusSchema = Type.Object({
  engine: Type.String({ description: 'memory or redis' }),
  connected: Type.Boolean({ description: 'Every server can be reached' }),
  sizeBytes: nullable('Memory in use, all servers together; null when they do not tell'),
  entries: nullable('Keys held'),
  evictions: nullable('Keys given up for lack of room'),
  operations: Type.Integer({ description: 'Asked of this service by other services so far' }),
  hits: Type.Integer({ description: 'Cached players that were found, so far' }),
  misses: Type.Integer({ description: 'Cached players that were not' }),
  shards: Type.Array(
    Type.Object({
      shard: Type.String(),
      connected: Type.Boolean(),
      error: Type.Union([Type.String(), Type.Null()], { description: 'Code of the last failure' }),
    }),
  ),
  hotKeys: Type.Array(Type.Object({ key: Type.String(), count: Type.Integer() }), {
    description: 'Used most in the last minutes, by a sample',
  }),
});

/** Mounts `/v1/status`: how the cache does, for people. */
export function statusRoutes(
  server: HanokServer,
  { store, traffic }: { readonly store: CacheStore; readonly traffic: StoreTraffic },
): void {
  server.get(
    '/v1/status',
    {
      schema: {
        tags: ['operations'],
        security: bearerSecurity,
        summary: 'Engine, memory, hit rate, servers and hot keys',
        response: { 200: statusSchema },
      },
    },
    async (request) => {
      assertService(await serviceOnly(request));
      const figures = await engineFigures(store);
      return {
        engine: store instanceof MemoryStore ? 'memory' : 'redis',
        connected: store.connected,
        ...figures,
        operations: traffic.operations,
        hits: traffic.hits,
        misses: traffic.misses,
        shards: store.status().map(({ shard, connected, lastError }) => ({
          shard,
          connected,
          error: connected ? null : (lastError?.code ?? null),
        })),
        hotKeys: traffic.hotKeys(shownHotKeys),
      };
    },
  );
}
