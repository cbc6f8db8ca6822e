import { bearerSecurity, problems, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { Season, Seasons } from '../seasons/seasons.ts';
import { assertService, type CallerOf } from './caller.ts';
import { pageBody } from './page-body.ts';
import { boardPage, boardParams, boardQuery, nameOf } from './schemas.ts';

export interface SeasonRoutesOptions {
  readonly seasons: Seasons;
  /** Players may read; schedules are for services. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['leaderboards'], security: bearerSecurity };
const time = Type.String({ format: 'date-time' });

const schedule = Type.Object(
  {
    cron: Type.String({
      minLength: 9,
      maxLength: 100,
      description: 'Five fields, as in crontab: minute, hour, day, month, day of the week',
    }),
    timeZone: Type.String({
      minLength: 1,
      maxLength: 64,
      default: 'UTC',
      description: 'IANA name; daylight-saving changes are followed',
    }),
  },
  {
    additionalProperties: false,
    description: 'When seasons end and the next begin',
    examples: [{ cron: '0 0 * * 1', timeZone: 'Asia/Seoul' }],
  },
);

const seasonBody = Type.Object({
  id: Type.String({ description: 'For the page of its board' }),
  start: time,
  end: Type.Union([time, Type.Null()]),
});

const seasonList = Type.Object(
  {
    current: Type.Union([seasonBody, Type.Null()]),
    items: Type.Array(seasonBody, { description: 'Past seasons, newest first, up to 100' }),
    nextCursor: Type.Null(),
  },
  { description: 'The season under way and those before it' },
);

const seasonParams = Type.Object({
  name: nameOf('the board'),
  season: Type.String({ pattern: '^[0-9]{1,15}$', description: 'Id of a past season' }),
});

/** Mounts the seasons of `/v1/leaderboards`. */
export function seasonRoutes(server: HanokServer, { seasons, callerOf }: SeasonRoutesOptions): void {
  server.put(
    '/v1/leaderboards/:name/schedule',
    {
      schema: {
        ...documented,
        summary: 'Give a board seasons, or change when they turn',
        params: boardParams,
        body: schedule,
        response: { 200: schedule, ...refusals(401, 403, 409) },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      await seasons.schedule(request.params.name, request.body);
      return request.body;
    },
  );

  server.get(
    '/v1/leaderboards/:name/schedule',
    {
      schema: {
        ...documented,
        summary: 'When the seasons of a board turn',
        params: boardParams,
        response: { 200: schedule, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      await callerOf(request);
      const found = await seasons.scheduleOf(request.params.name);
      if (found === undefined) throw problems.notFound({ detail: 'The board has no seasons' });
      return found;
    },
  );

  server.delete(
    '/v1/leaderboards/:name/schedule',
    {
      schema: {
        ...documented,
        summary: 'Let the season under way go on without an end',
        params: boardParams,
        response: { 204: Type.Null({ description: 'No schedule, or no longer' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await seasons.unschedule(request.params.name);
      return reply.code(204).send(null);
    },
  );

  server.get(
    '/v1/leaderboards/:name/seasons',
    {
      schema: {
        ...documented,
        summary: 'The season under way and past ones',
        params: boardParams,
        response: { 200: seasonList, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { current, past } = await seasons.list(request.params.name);
      return {
        current: current === undefined ? null : toBody(current),
        items: past.map(toBody),
        nextCursor: null,
      };
    },
  );

  server.get(
    '/v1/leaderboards/:name/seasons/:season',
    {
      schema: {
        ...documented,
        summary: 'The board of a past season from its top, page by page; empty when it is no longer kept',
        params: seasonParams,
        querystring: boardQuery,
        response: { 200: boardPage, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name, season } = request.params;
      return pageBody(name, seasons.board(name, Number(season)), request.query);
    },
  );
}

function toBody({ startMs, endMs }: Season) {
  return {
    id: String(startMs),
    start: new Date(startMs).toISOString(),
    end: endMs === undefined ? null : new Date(endMs).toISOString(),
  };
}
