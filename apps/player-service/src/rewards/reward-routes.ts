import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { requireServer } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { unsafeHeaders } from '../http/schemas.ts';
import { rewards } from '../storage/entities.ts';
import { requireConditions } from './conditions.ts';
import { beginReversal, getReward, parseRewardId, toRewardView } from './reversal.ts';
import {
  reversalBody,
  rewardBody,
  rewardPageSchema,
  rewardParams,
  rewardResultSchema,
  rewardSchema,
  rewardsQuery,
} from './reward-schemas.ts';
import { beginReward, mostReached, previewReward, requireRange } from './rewards.ts';

const tags = ['rewards'];

/** `/v1/rewards`: gold for many players at once. */
export function addRewardRoutes(server: HanokServer, context: RouteContext): void {
  const { database, writes, campaigns } = context;

  server.post(
    '/v1/rewards',
    {
      schema: {
        tags,
        summary: 'Give gold to every player of a range of levels and conditions',
        description:
          'Up to 10,000 players get it in one transaction, with an entry in the ledger each and one line in the game log, or nobody does (201). ' +
          'More, and those for whom over 100,000 players have to be looked at, are reached chunk by chunk (202; see `GET /v1/rewards/{id}`): nobody twice, nobody never, also after a crash. ' +
          'Each player registered before is judged once, by what it is in the transaction that would pay it. ' +
          'Send an Idempotency-Key: a retry then cannot pay twice. Needs a server credential.',
        security: bearerSecurity,
        headers: unsafeHeaders,
        body: rewardBody,
        response: {
          200: { ...rewardResultSchema, description: 'A dry run: whom it would reach' },
          201: rewardResultSchema,
          202: { ...rewardResultSchema, description: 'Begun; it goes on without you' },
          ...refusals(401, 403, 409, 413),
        },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServer(principal, 'rewards:write', 'Giving rewards');
      requireRange(request.body.minLevel, request.body.maxLevel);
      requireConditions(request.body.conditions ?? [], context.currencies);
      if (request.body.dryRun === true) {
        return reply.code(200).send(await previewReward(database, request.body, context.currencies));
      }
      const most = await mostReached(database, request.body, context.currencies);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const { result, ...begun } = await beginReward(tx, request.body, context.currencies, most);
        const headers = { location: `/v1/rewards/${result.id}` };
        return { status: result.status === 'done' ? 201 : 202, headers, body: result, ...begun };
      });
      if (answer.status === 202) campaigns.runInBackground();
      return sendAnswer(reply, answer);
    },
  );

  server.get(
    '/v1/rewards',
    {
      schema: {
        tags,
        summary: 'List rewards, newest first',
        description: 'Needs a server credential.',
        security: bearerSecurity,
        querystring: rewardsQuery,
        response: { 200: rewardPageSchema, ...refusals(401, 403) },
      },
    },
    async (request) => {
      requireServer(await context.identify(request), 'rewards:read', 'Reading rewards');
      const { status, limit = 50, cursor } = request.query;
      const page = await database.repository(rewards).findMany({
        ...(status === undefined ? {} : { where: { status } }),
        order: [['id', 'desc']],
        limit,
        cursor,
      });
      return { items: page.items.map((row) => toRewardView(row)), nextCursor: page.nextCursor };
    },
  );

  server.get(
    '/v1/rewards/:id',
    {
      schema: {
        tags,
        summary: 'Follow a reward',
        description: 'Needs a server credential.',
        security: bearerSecurity,
        params: rewardParams,
        response: { 200: rewardSchema, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      requireServer(await context.identify(request), 'rewards:read', 'Reading rewards');
      return toRewardView(await getReward(database, request.params.id));
    },
  );

  server.post(
    '/v1/rewards/:id/reversal',
    {
      schema: {
        tags,
        summary: 'Take a reward back',
        description:
          'A reward of its own that undoes the first, chunk by chunk, as far as the players still have the gold; who has spent it is counted in `refused` and nobody falls below zero. Needs a server credential.',
        security: bearerSecurity,
        params: rewardParams,
        headers: unsafeHeaders,
        body: reversalBody,
        response: {
          202: { ...rewardSchema, description: 'Begun; it goes on without you' },
          ...refusals(401, 403, 404, 409, 413),
        },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      requireServer(principal, 'rewards:write', 'Taking rewards back');
      const id = parseRewardId(request.params.id);
      const answer = await writes.run(writeRequest(request, principal), async (tx) => {
        const row = await beginReversal(tx, id, request.body.description);
        return {
          status: 202,
          headers: { location: `/v1/rewards/${row.id}` },
          body: toRewardView(row),
          touched: [],
        };
      });
      campaigns.runInBackground();
      return sendAnswer(reply, answer);
    },
  );
}
