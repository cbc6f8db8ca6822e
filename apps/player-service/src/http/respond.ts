import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, WriteRequest } from '../writes/writes.ts';
import { fingerprintOf } from '../writes/fingerprint.ts';
import { callerName, type Principal } from './principal.ts';

/** Sends what a write answered; the text is sent as it was stored. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  const prepared = reply.code(answer.status).headers(answer.headers).header('cache-control', 'no-store');
  if (answer.body === null) return prepared.send();
  return prepared.type('application/json; charset=utf-8').send(answer.body);
}

/** How a request is told from others when it carries an Idempotency-Key. */
export function writeRequest(
  request: FastifyRequest,
  principal: Principal,
  { holdsSecret = false }: { readonly holdsSecret?: boolean } = {},
): WriteRequest {
  const key = request.headers['idempotency-key'];
  return {
    key: typeof key === 'string' ? key : undefined,
    scope: callerName(principal),
    holdsSecret,
    fingerprint: () =>
      fingerprintOf({
        method: request.method,
        path: request.url,
        ifMatch: request.headers['if-match'],
        body: request.body,
      }),
  };
}

/** Sends JSON that is text already. */
export function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(text);
}

/** Sends a status without a body. */
export function sendEmpty(reply: FastifyReply, status: 204 | 304): FastifyReply {
  return reply.code(status).send();
}
