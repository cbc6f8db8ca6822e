import { requireAdmin } from '@hanok/service-kit';
import type { HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { EventLog } from '../observe/event-log.ts';
import { loggedEventSchema } from '../observe/event-log-file.ts';
import { problemResponses } from './schemas.ts';

const defaultLimit = 100;

/** What happened before now. */
export function addHistoryRoutes(server: HanokServer, log: EventLog): void {
  server.get(
    '/v1/history',
    {
      preHandler: requireAdmin,
      schema: {
        tags: ['operations'],
        summary:
          'Changes of the leader, the members and the voters as this coordinator saw them, the newest first',
        description: 'The last 2,000, kept across restarts. Other coordinators may have seen others.',
        querystring: Type.Object(
          {
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, default: defaultLimit })),
            cursor: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: Number.MAX_SAFE_INTEGER,
                description: 'The nextCursor before',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            items: Type.Array(loggedEventSchema),
            nextCursor: Type.Union([Type.String(), Type.Null()]),
          }),
          ...problemResponses,
        },
      },
    },
    ({ query: { limit = defaultLimit, cursor } }) => {
      // One more than asked for tells whether there are older ones.
      const found = log.list(limit + 1, cursor);
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, nextCursor: found.length > limit && last !== undefined ? String(last.number) : null };
    },
  );
}
