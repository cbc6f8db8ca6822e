import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { requireServer } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { unsafeHeaders } from '../http/schemas.ts';
import { toTimestamp } from '../players/player-row.ts';
import { gameLog } from '../storage/entities.ts';
import { gameLogPageSchema, gameLogQuery, rewardBody, rewardResultSchema } from './reward-schemas.ts';
import { giveReward, previewReward, requireRange } from './rewards.ts';

const tags = ['rewards'];

/** `/v1/rewards` and `/v1/game-log`: gold for many players at once, and what happened in the game. */
export function addRewardRoutes(server: HanokServer, context: RouteContext): void {
  const { database, writes } = context;

  server.post(
    '/v1/rewards',
    {
      schema: {
        tags,
        summary: 'Give gold to every player of a range of levels',
        description:
          'One transaction: every player who matches gets the gold and a ledger entry, and the game log one line, or nothing happens. ' +
          'Send an Idempotency-Key: a retry then cannot pay twice. Needs a server credential.',
        security: bearerSecurity,
        headers: unsafeHeaders,
        body: rewardBody,
        response: { 200: rewardResultSchema, 201: rewardResultSchema, ...refusals(401, 403, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServer(principal, 'Giving rewards');
      requireRange(request.body.minLevel, request.body.maxLevel);
      if (request.body.dryRun === true)
        return reply.code(200).send(await previewReward(database, request.body));
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const { result, touched } = await giveReward(tx, request.body);
        return { status: 201, body: result, touched: touched ?? 'everyone' };
      });
      return sendAnswer(reply, answer);
    },
  );

  server.get(
    '/v1/game-log',
    {
      schema: {
        tags,
        summary: 'What happened in the game, newest first',
        description: 'Needs a server credential.',
        security: bearerSecurity,
        querystring: gameLogQuery,
        response: { 200: gameLogPageSchema, ...refusals(401, 403) },
      },
    },
    async (request) => {
      requireServer(await context.identify(request), 'Reading the game log');
      const { event, limit = 50, cursor } = request.query;
      const page = await database.repository(gameLog).findMany({
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
