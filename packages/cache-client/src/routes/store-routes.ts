import { systemClock, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import {
  maxWireBytes,
  maxWireOperations,
  runWireOperation,
  toWireDeletionReport,
  wireMediaType,
} from '../remote/wire.ts';
import { Invalidator } from '../invalidations/invalidator.ts';
import { namePattern } from '../names.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import type { CacheStore } from '../store/cache-store.ts';
import { serviceOnly } from './caller.ts';
import { signalRoutes } from './signal-routes.ts';

const operation = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    keys: Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { minItems: 1, maxItems: 64 }),
    args: Type.Array(Type.String(), { maxItems: 2_048 }),
  },
  { additionalProperties: false },
);

/**
 * Mounts `/v1/store`: the other end of `HttpStore`, for services only. What it carries is this package's own
 * affair and changes with it.
 */
export function storeRoutes(server: HanokServer, { store }: { readonly store: CacheStore }): void {
  for (const part of store.parts) if (part instanceof MemoryStore) part.space.servesOthers = true;

  const invalidator = new Invalidator(store, systemClock);
  server.addHook('onClose', async () => invalidator.close());

  // Before the body is read: strangers may not send megabytes.
  const onRequest = async (request: Parameters<typeof serviceOnly>[0]): Promise<void> => {
    await serviceOnly(request);
  };

  server.addContentTypeParser(
    wireMediaType,
    { parseAs: 'string' },
    server.getDefaultJsonParser('error', 'error'),
  );

  server.post(
    '/v1/store/operations',
    {
      onRequest,
      bodyLimit: maxWireBytes,
      schema: {
        tags: ['store'],
        security: [{ bearer: [] }],
        summary: 'Carry out operations, each on its own; used by the HTTP store',
        body: Type.Object(
          { operations: Type.Array(operation, { minItems: 1, maxItems: maxWireOperations }) },
          { additionalProperties: false },
        ),
      },
    },
    async (request) => ({
      results: await Promise.all(
        request.body.operations.map((each) => runWireOperation(store, invalidator, each)),
      ),
    }),
  );

  server.post(
    '/v1/store/deletions',
    {
      onRequest,
      schema: {
        tags: ['store'],
        security: [{ bearer: [] }],
        summary: 'Delete keys by pattern, and by tag, on every server; used by the HTTP store',
        body: Type.Object(
          {
            pattern: Type.String({ minLength: 1, maxLength: 256 }),
            tag: Type.Optional(Type.String({ pattern: namePattern })),
          },
          { additionalProperties: false },
        ),
      },
    },
    async (request) => {
      const reports = await store.deleteMatching(request.body.pattern, request.body.tag);
      return { shards: reports.map(toWireDeletionReport) };
    },
  );

  signalRoutes(server, { store });
}
