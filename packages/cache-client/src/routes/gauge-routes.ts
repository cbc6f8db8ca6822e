import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';
import { maxReading, maxReadingTtlMs, type Gauges } from '../gauges/gauges.ts';
import { assertService, type CallerOf } from './caller.ts';
import { nameOf } from './schemas.ts';

export interface GaugeRoutesOptions {
  readonly gauges: Gauges;
  /** Players may read gauges; setting them is for services. */
  readonly callerOf: CallerOf;
}

const documented = { tags: ['gauges'], security: bearerSecurity };
const params = Type.Object({ name: nameOf('the gauge') });
const sourceParams = Type.Object({ name: nameOf('the gauge'), source: nameOf('the server that says it') });

const body = Type.Object(
  {
    value: Type.Integer({ minimum: -maxReading, maximum: maxReading }),
    ttlMs: Type.Integer({
      minimum: 1,
      maximum: maxReadingTtlMs,
      default: 30_000,
      description: 'How long it holds without being said again',
    }),
  },
  { additionalProperties: false, description: 'The share of one source', examples: [{ value: 120 }] },
);

const gauge = Type.Object(
  {
    name: Type.String(),
    value: Type.Integer({ description: 'The sum of what the sources say' }),
    sources: Type.Integer({ description: 'Sources that are still heard of' }),
  },
  { description: 'The gauge now', examples: [{ name: 'players_online', value: 340, sources: 3 }] },
);

/** Mounts `/v1/gauges`: values that are there at the moment, and correct themselves when a source dies. */
export function gaugeRoutes(server: HanokServer, { gauges, callerOf }: GaugeRoutesOptions): void {
  server.get(
    '/v1/gauges/:name',
    {
      schema: {
        ...documented,
        summary: 'The value at the moment',
        params,
        response: { 200: gauge, ...refusals(401, 403) },
      },
    },
    async (request) => {
      await callerOf(request);
      const { name } = request.params;
      return { name, ...(await gauges.read(name)) };
    },
  );

  server.put(
    '/v1/gauges/:name/sources/:source',
    {
      schema: {
        ...documented,
        summary: 'Say the share of one source; to be repeated before it runs out',
        params: sourceParams,
        body,
        response: { 204: Type.Null({ description: 'Noted' }), ...refusals(401, 403, 409) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      const { name, source } = request.params;
      await gauges.set(name, source, request.body.value, request.body.ttlMs);
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/v1/gauges/:name/sources/:source',
    {
      schema: {
        ...documented,
        summary: 'Take the share of one source out',
        params: sourceParams,
        response: { 204: Type.Null({ description: 'Gone, or was not there' }), ...refusals(401, 403) },
      },
    },
    async (request, reply) => {
      assertService(await callerOf(request));
      await gauges.withdraw(request.params.name, request.params.source);
      return reply.code(204).send(null);
    },
  );
}
