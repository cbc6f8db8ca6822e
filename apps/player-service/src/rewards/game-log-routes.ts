import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { toTimestamp } from '../domain/timestamp.ts';
import { requireServer } from '../http/principal.ts';
import type { RouteContext } from '../http/route-context.ts';
import { gameLog } from '../storage/entities.ts';
import { gameLogPageSchema, gameLogQuery } from './reward-schemas.ts';

/** `/v1/game-log`: what happened in the game at large. */
export function addGameLogRoutes(server: HanokServer, context: RouteContext): void {
  server.get(
    '/v1/game-log',
    {
      schema: {
        tags: ['rewards'],
        summary: 'What happened in the game, newest first',
        description: 'Needs a server credential.',
        security: bearerSecurity,
        querystring: gameLogQuery,
        response: { 200: gameLogPageSchema, ...refusals(401, 403) },
      },
    },
    async (request) => {
      requireServer(await context.identify(request), 'rewards:read', 'Reading the game log');
      const { event, limit = 50, cursor } = request.query;
      const page = await context.database.repository(gameLog).findMany({
        ...(event === undefined ? {} : { where: { event } }),
        order: [['id', 'desc']],
        limit,
        cursor,
      });
      return {
        items: page.items.map(({ id, createdAt, ...entry }) => ({
          ...entry,
          id: String(id),
          createdAt: toTimestamp(createdAt),
        })),
        nextCursor: page.nextCursor,
      };
    },
  );
}
