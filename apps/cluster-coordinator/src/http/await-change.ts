import type { ServiceRegistry } from '@hanok/cluster';
import { problems } from '@hanok/service-kit';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { ChangeWaits } from '../registry/change-waits.ts';
import { catchUp, goneProblem } from './catch-up.ts';

const maxWaitMs = 60_000;

/** The parameters of a request that waits for a change. */
export const awaitQuery = {
  since: Type.Optional(
    Type.String({
      pattern: '^\\d{1,15}$',
      description: 'Answer once a node has changed after this revision, e.g. that of the last answer',
    }),
  ),
  waitMs: Type.Optional(
    Type.String({
      pattern: '^\\d{1,5}$',
      description: `With since: milliseconds after which to answer all the same; 0 to ${maxWaitMs}, default 30000`,
    }),
  ),
};

interface AwaitSources {
  readonly waits: ChangeWaits;
  readonly registry: ServiceRegistry;
}

interface AwaitParameters {
  readonly since: string | undefined;
  readonly waitMs: string | undefined;
  readonly service: string | undefined;
}

/**
 * Waits for what a request asks for.
 *
 * @throws Problem 410 when changes after `since` have been forgotten, 400 for bad parameters, 503 when too many wait;
 * CoordinationError `no-leader` when this copy is behind `since` and no leader can be asked.
 */
export async function awaitChange(
  { waits, registry }: AwaitSources,
  { since, waitMs = '30000', service }: AwaitParameters,
  reply: FastifyReply,
): Promise<void> {
  if (since === undefined) return;
  if (Number(waitMs) > maxWaitMs) {
    const message = `must be at most ${maxWaitMs}`;
    throw problems.validation({
      detail: `query.waitMs ${message}`,
      errors: [{ field: 'query.waitMs', rule: 'maximum', message }],
    });
  }
  const gone = new AbortController();
  const giveUp = (): void => gone.abort();
  reply.raw.once('close', giveUp);
  await catchUp(registry, Number(since));
  const outcome = await waits.wait({
    since: Number(since),
    service,
    waitMs: Number(waitMs),
    signal: gone.signal,
  });
  reply.raw.off('close', giveUp);
  if (outcome === 'gone') throw goneProblem(Number(since));
  if (outcome === 'full') {
    throw problems.unavailable({ detail: 'Too many requests wait for a change here', retryAfterSeconds: 5 });
  }
}
