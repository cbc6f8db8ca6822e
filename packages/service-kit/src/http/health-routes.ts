import { Type } from 'typebox';
import type { Clock } from '../time.ts';
import type { HanokServer } from './create-server.ts';

/** One thing a service needs before it can serve, and how it is. */
export interface ReadinessCheck {
  readonly ok: boolean;
  readonly detail?: string;
}

/** Named checks; the service is ready when all are ok. */
export type Readiness = () => Promise<Readonly<Record<string, ReadinessCheck>>>;

const checkTimeoutMs = 2_000;

const report = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not_ready')]),
  checks: Type.Record(
    Type.String(),
    Type.Object({ ok: Type.Boolean(), detail: Type.Optional(Type.String()) }),
  ),
});

/**
 * `/healthz`: the process answers (restart it when this fails). `/readyz`: it can serve (send it no traffic
 * when this fails); turns 503 as soon as the service begins to stop.
 */
export function addHealthRoutes(
  server: HanokServer,
  readiness: Readiness,
  isStopping: () => boolean,
  clock: Clock,
): void {
  server.get(
    '/healthz',
    {
      schema: {
        tags: ['operations'],
        summary: 'The process is alive',
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  );
  server.get(
    '/readyz',
    {
      schema: {
        tags: ['operations'],
        summary: 'The service can serve',
        response: { 200: report, 503: report },
      },
    },
    async (_request, reply) => {
      const checks = isStopping()
        ? { process: { ok: false, detail: 'stopping' } }
        : await boundedChecks(readiness, clock);
      const ready = Object.values(checks).every((check) => check.ok);
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not_ready', checks });
    },
  );
}

async function boundedChecks(
  readiness: Readiness,
  clock: Clock,
): Promise<Readonly<Record<string, ReadinessCheck>>> {
  const timeout = new AbortController();
  const late = clock
    .sleep(checkTimeoutMs, timeout.signal)
    .then(() => ({ readiness: { ok: false, detail: `no answer within ${checkTimeoutMs} ms` } }));
  late.catch(() => undefined);
  try {
    return await Promise.race([readiness(), late]);
  } catch (error) {
    return { readiness: { ok: false, detail: (error as Error).message } };
  } finally {
    timeout.abort();
  }
}
