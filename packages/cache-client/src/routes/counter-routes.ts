import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import type { Counters } from '../counters/counters.ts';
import { assertService, type CallerOf } from './caller.ts';
import { counterBody, counterParams, counterValue, counterWindows, windowsQuery } from './schemas.ts';

export interface CounterRoutesOptions {
  readonly counters: Counters;
  /** Players may read counters; counting is for services. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['counters'], security: bearerSecurity };

/** Mounts `/v1/counters`. */
export function counterRoutes(server: HanokServer, { counters, callerOf }: CounterRoutesOptions): void {
  server.get(
    '/v1/counters/:name',
    {
      schema: {
        ...documented,
        summary: 'The value; 0 for a counter nobody incremented',
        params: counterParams,
        response: { 200: counterValue, ...refusals(401, 403, 422) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name } = request.params;
      return { name, value: await counters.read(name) };
    },
  );

  server.get(
    '/v1/counters/:name/windows',
    {
      schema: {
        ...documented,
        summary: 'What was counted in each of the last minutes, hours or days (UTC)',
        params: counterParams,
        querystring: windowsQuery,
        response: { 200: counterWindows },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name } = request.params;
      const { unit, last } = request.query;
      const windows = await counters.windows(name, unit, last);
      const items = windows.map(({ startMs, value }) => ({ start: new Date(startMs).toISOString(), value }));
      return { name, unit, items, nextCursor: null };
    },
  );

  server.post(
    '/v1/counters/:name',
    {
      schema: {
        ...documented,
        summary: 'Add to a counter',
        params: counterParams,
        body: counterBody,
        response: { 200: counterValue, ...refusals(401, 403, 422) },
      },
    },
    async (request) => {
      assertService(await callerOf(request));
      const { name } = request.params;
      return { name, value: await counters.increment(name, request.body.by) };
    },
  );

  server.delete(
    '/v1/counters/:name',
    {
      schema: {
        ...documented,
        summary: 'Set a counter back to 0',
        params: counterParams,
        response: { 204: Type.Null({ description: 'Gone, or was not there' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await counters.reset(request.params.name);
      return reply.code(204).send(null);
    },
  );
}
