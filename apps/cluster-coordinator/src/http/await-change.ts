import { Problem, problems } from '@hanok/service-kit';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { ChangeWaits } from '../registry/change-waits.ts';

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

interface AwaitParameters {
  readonly since: string | undefined;
  readonly waitMs: string | undefined;
  readonly service: string | undefined;
}

/**
 * Waits for what a request asks for.
 *
 * @throws Problem 410 when changes after `since` have been forgotten, 400 for bad parameters, 503 when too many wait.
 */
export async function awaitChange(
  waits: ChangeWaits,
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
  const outcome = await waits.wait({
    since: Number(since),
    service,
    waitMs: Number(waitMs),
    signal: gone.signal,
  });
  reply.raw.off('close', giveUp);
  if (outcome === 'gone') {
    throw new Problem(410, 'gone', 'Gone', {
      detail: `Changes after revision ${since} are no longer all known: ask again without since`,
    });
  }
  if (outcome === 'full') {
    throw problems.unavailable({ detail: 'Too many requests wait for a change here', retryAfterSeconds: 5 });
  }
}
