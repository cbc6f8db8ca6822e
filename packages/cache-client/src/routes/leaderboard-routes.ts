import { bearerSecurity, refusals, problems, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { Leaderboards } from '../leaderboards/leaderboards.ts';
import { actsFor, assertService, type CallerOf } from './caller.ts';
import { pageBody } from './page-body.ts';
import {
  amongQuery,
  aroundQuery,
  boardPage,
  boardParams,
  boardPlayerParams,
  boardQuery,
  definition,
  percentileParams,
  placement,
  row,
  standing,
  submission,
  submissions,
} from './schemas.ts';

export interface LeaderboardRoutesOptions {
  readonly leaderboards: Leaderboards;
  /** Players may read boards and submit their own scores; the rest is for services. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['leaderboards'], security: bearerSecurity };

/** Mounts `/v1/leaderboards`. */
export function leaderboardRoutes(
  server: HanokServer,
  { leaderboards, callerOf }: LeaderboardRoutesOptions,
): void {
  server.get(
    '/v1/leaderboards/:name',
    {
      schema: {
        ...documented,
        summary: 'A board from its top, page by page',
        params: boardParams,
        querystring: boardQuery,
        response: { 200: boardPage, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name } = request.params;
      return pageBody(name, leaderboards.board(name), request.query);
    },
  );

  server.put(
    '/v1/leaderboards/:name/definition',
    {
      schema: {
        ...documented,
        summary: 'Fix the order of a board and what further scores do; only while it has no scores',
        params: boardParams,
        body: definition,
        response: { 200: definition, ...refusals(401, 403, 409) },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      await leaderboards.define(request.params.name, request.body);
      return request.body;
    },
  );

  server.get(
    '/v1/leaderboards/:name/definition',
    {
      schema: {
        ...documented,
        summary: 'How a board works',
        params: boardParams,
        response: { 200: definition, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { order, operator } = await leaderboards.describe(request.params.name);
      return { order, operator };
    },
  );

  server.post(
    '/v1/leaderboards/:name/scores',
    {
      schema: {
        ...documented,
        summary: 'Submit a score; a player leaves playerId out',
        params: boardParams,
        body: submission,
        response: { 200: placement, ...refusals(401, 403) },
      },
    },
    async (request) => {
      const playerId = actsFor(await callerOf(request), request.body.playerId);
      return leaderboards.submit(request.params.name, playerId, request.body.score);
    },
  );

  server.post(
    '/v1/leaderboards/:name/scores/batch',
    {
      schema: {
        ...documented,
        summary: 'Submit many scores in order, all or none',
        params: boardParams,
        body: submissions,
        response: {
          200: Type.Object({ items: Type.Array(placement) }, { description: 'Where each ended up' }),
          ...refusals(401, 403),
        },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      const { scores } = request.body;
      const placements = await leaderboards.submitMany(request.params.name, scores);
      return {
        items: scores.flatMap(({ playerId }, i) => {
          const placed = placements[i];
          return placed === undefined ? [] : [{ playerId, ...placed }];
        }),
      };
    },
  );

  server.get(
    '/v1/leaderboards/:name/players/:playerId',
    {
      schema: {
        ...documented,
        summary: 'Where a player stands',
        params: boardPlayerParams,
        response: { 200: standing, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name, playerId } = request.params;
      return (await leaderboards.rank(name, playerId)) ?? noScore(name, playerId);
    },
  );

  server.get(
    '/v1/leaderboards/:name/percentiles/:percentile',
    {
      schema: {
        ...documented,
        summary: 'The last player who ranks above so many percent of the others: what it takes to be there',
        params: percentileParams,
        response: {
          200: Type.Object(row.properties, { description: 'The player' }),
          ...refusals(401, 403, 404),
        },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name, percentile } = request.params;
      const found = await leaderboards.atPercentile(name, percentile);
      if (found === undefined) throw problems.notFound({ detail: `The board ${name} is empty` });
      return found;
    },
  );

  server.get(
    '/v1/leaderboards/:name/players',
    {
      schema: {
        ...documented,
        summary: 'Where some players stand, such as friends, best first',
        params: boardParams,
        querystring: amongQuery,
        response: { 200: boardPage },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name } = request.params;
      const { total, rows } = await leaderboards.among(name, request.query.ids.split(','));
      return { name, total, items: [...rows], nextCursor: null };
    },
  );

  server.get(
    '/v1/leaderboards/:name/players/:playerId/around',
    {
      schema: {
        ...documented,
        summary: 'A player and his neighbours',
        params: boardPlayerParams,
        querystring: aroundQuery,
        response: {
          200: Type.Object(
            { total: Type.Integer(), items: Type.Array(row) },
            { description: 'The rows around the player' },
          ),
          ...refusals(401, 403, 404),
        },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name, playerId } = request.params;
      const found = await leaderboards.around(name, playerId, request.query.radius);
      return found === undefined ? noScore(name, playerId) : { total: found.total, items: [...found.rows] };
    },
  );

  server.delete(
    '/v1/leaderboards/:name/players/:playerId',
    {
      schema: {
        ...documented,
        summary: 'Take a player off a board',
        params: boardPlayerParams,
        response: { 204: Type.Null({ description: 'Gone, or was not there' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      const { name, playerId } = request.params;
      if (!(await leaderboards.remove(name, playerId))) noScore(name, playerId);
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/v1/leaderboards/:name',
    {
      schema: {
        ...documented,
        summary: 'Delete a board, its scores and its definition',
        params: boardParams,
        response: { 204: Type.Null({ description: 'Gone, or was not there' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      const { name } = request.params;
      if (!(await leaderboards.clear(name))) throw problems.notFound({ detail: `There is no board ${name}` });
      return reply.code(204).send(null);
    },
  );
}

function noScore(name: string, playerId: string): never {
  throw problems.notFound({ detail: `The player ${playerId} has no score on the board ${name}` });
}
