import type { HanokServer } from '@hanok/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { unsafeHeaders } from '../http/schemas.ts';
import type { WriteRequest } from '../writes/writes.ts';

const PLAY = /^\/v1\/(?:leaderboards|chat|counters)\//u;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Lets the routes of leaderboards, chat and counters take Idempotency-Keys. What they change lives in the cache, so
 * the key is taken in the database before and the answer kept after: a request is carried out at most once, and one
 * that a crash interrupted is answered 409 until its key is forgotten. Call it before those routes are added.
 *
 * @returns who sends a request, asked for once however often it is called.
 */
export function rememberPlay(
  server: HanokServer,
  { identify, writes }: Pick<RouteContext, 'identify' | 'writes'>,
): (request: FastifyRequest) => Promise<Principal> {
  const known = new WeakMap<FastifyRequest, Principal>();
  const taken = new WeakMap<FastifyRequest, WriteRequest>();

  const take = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    if (request.headers['idempotency-key'] === undefined) return undefined;
    const principal = await identify(request);
    known.set(request, principal);
    const asked = writeRequest(request, principal);
    const earlier = await writes.take(asked);
    if (earlier !== undefined) return sendAnswer(reply, earlier);
    taken.set(request, asked);
    return undefined;
  };
  const keep = async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void> => {
    const asked = taken.get(request);
    if (asked === undefined) return;
    taken.delete(request);
    const body = typeof payload === 'string' && payload !== '' ? payload : null;
    await writes.keep(asked, { status: reply.statusCode, headers: {}, body });
  };

  server.addHook('onRoute', (route) => {
    const isSafe = [route.method].flat().every((method) => SAFE_METHODS.has(method));
    if (isSafe || !PLAY.test(route.url)) return;
    route.schema = { ...route.schema, headers: unsafeHeaders };
    route.preHandler = [route.preHandler ?? [], take].flat();
    route.onSend = [route.onSend ?? [], keep].flat();
  });
  return async (request) => known.get(request) ?? identify(request);
}
