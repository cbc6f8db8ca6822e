import { bearerSecurity, problems, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { currencyPattern, lowestPrizeRank, maxPrizes } from '../prizes/prize.ts';
import type { SeasonPrizes } from '../prizes/season-prizes.ts';
import { assertService, type CallerOf } from './caller.ts';
import { boardParams, nameOf } from './schemas.ts';

export interface PrizeRoutesOptions {
  readonly seasonPrizes: SeasonPrizes;
  /** Players may read what there is to win; the rest is for services. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['leaderboards'], security: bearerSecurity };

const prize = Type.Object(
  {
    toRank: Type.Optional(
      Type.Integer({ minimum: 1, maximum: lowestPrizeRank, description: 'Everyone down to this rank' }),
    ),
    toPercent: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100,
        description: 'Instead of toRank: everyone down to this share of the board, rounded up',
      }),
    ),
    currency: Type.String({ pattern: currencyPattern, description: 'gold, or a currency of player-service' }),
    amount: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'For each player',
    }),
  },
  { additionalProperties: false },
);

const prizeTable = Type.Object(
  {
    prizes: Type.Array(prize, {
      minItems: 1,
      maxItems: maxPrizes,
      description: 'From the top: each player gets the first that reaches down to his rank',
    }),
  },
  {
    additionalProperties: false,
    description: 'What players get when a season ends',
    examples: [
      {
        prizes: [
          { toRank: 1, currency: 'gold', amount: 1000 },
          { toRank: 10, currency: 'gold', amount: 100 },
          { toPercent: 10, currency: 'gold', amount: 10 },
        ],
      },
    ],
  },
);

const prizesOfBoard = Type.Object(
  { prizes: Type.Array(prize) },
  { description: 'What players get when a season ends; empty when they get nothing' },
);

const handOver = Type.Object(
  {
    status: Type.Union([Type.Literal('pending'), Type.Literal('done')]),
    handedToRank: Type.Integer({ description: 'Everyone down to this rank has been dealt with' }),
    paid: Type.Integer({ description: 'Players who got their prize' }),
    refused: Type.Integer({ description: 'Players who could not be paid, such as deleted ones' }),
    prizes: Type.Array(prize, { description: 'As they were when the season ended' }),
  },
  { description: 'How far the prizes of the season are' },
);

const seasonParams = Type.Object({
  name: nameOf('the board'),
  season: Type.String({ pattern: '^[0-9]{1,15}$', description: 'Id of a past season' }),
});

/** Mounts the prizes of the seasons of `/v1/leaderboards`. */
export function prizeRoutes(server: HanokServer, { seasonPrizes, callerOf }: PrizeRoutesOptions): void {
  server.put(
    '/v1/leaderboards/:name/prizes',
    {
      schema: {
        ...documented,
        summary: 'Give the seasons of a board prizes, from the one under way on',
        params: boardParams,
        body: prizeTable,
        response: { 200: prizeTable, ...refusals(401, 403, 409) },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      await seasonPrizes.set(request.params.name, request.body.prizes);
      return request.body;
    },
  );

  server.get(
    '/v1/leaderboards/:name/prizes',
    {
      schema: {
        ...documented,
        summary: 'What the seasons of a board are played for',
        params: boardParams,
        response: { 200: prizesOfBoard, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      return { prizes: [...(await seasonPrizes.of(request.params.name))] };
    },
  );

  server.delete(
    '/v1/leaderboards/:name/prizes',
    {
      schema: {
        ...documented,
        summary: 'No prizes from the season under way on; those of past seasons are still handed over',
        params: boardParams,
        response: { 204: Type.Null({ description: 'No prizes, or no longer' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await seasonPrizes.clear(request.params.name);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/leaderboards/:name/seasons/:season/prizes',
    {
      schema: {
        ...documented,
        summary: 'How far the prizes of a past season have been handed over',
        params: seasonParams,
        response: { 200: handOver, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      const found = await seasonPrizes.handOver(request.params.name, Number(request.params.season));
      if (found === undefined) throw problems.notFound({ detail: 'The season had no prizes' });
      const { status, handedToRank, paid, refused, prizes } = found;
      return { status, handedToRank, paid, refused, prizes: [...prizes] };
    },
  );
}
