import { problems, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { askService } from './ask-service.ts';
import type { ConsoleContext } from './context.ts';

const id = '[A-Za-z0-9][A-Za-z0-9._:-]{0,127}';

/** What may be read through the console, by service. Whatever changes something has an action of its own. */
const readable: Readonly<Record<string, RegExp>> = {
  'lb-proxy': /^\/v1\/(?:backends|strategy|explain|decisions|connections|history|listeners)$/,
  'player-service': new RegExp(
    `^/v1/(?:players|players/${id}|players/${id}/(?:ledger|balances)|rewards|rewards/${id}|game-log|audit)$`,
  ),
  'cache-service': new RegExp(
    `^/v1/(?:status|sessions|cache/players/${id}|leaderboards/${id}|chat/${id}/messages)$`,
  ),
};

const params = Type.Object({
  service: Type.String({ maxLength: 64 }),
  id: Type.String({ pattern: `^${id}$` }),
  '*': Type.String({ maxLength: 512 }),
});

/** `/console/api/read/{service}/{id}/…`: what a service tells, for who is signed in. */
export function addReadRoutes(server: HanokServer, context: ConsoleContext): void {
  const { gate } = context;
  server.get(
    '/console/api/read/:service/:id/*',
    { preHandler: gate.requiring('viewer'), schema: { hide: true, params } },
    async (request, reply) => {
      const { service, id: instance, '*': rest } = request.params;
      const path = `/${rest}`;
      if (readable[service]?.test(path) !== true) {
        throw problems.notFound({ detail: `${path} of ${service} is not shown in the console` });
      }
      const query = request.url.split('?')[1];
      const answer = await askService<unknown>(
        context,
        { service, id: instance },
        { method: 'GET', path: query === undefined ? path : `${path}?${query}` },
      );
      return reply.header('cache-control', 'no-store').send(answer);
    },
  );
}
