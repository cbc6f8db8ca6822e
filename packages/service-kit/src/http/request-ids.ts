import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Carries one id through every service that works on a request, for finding its log lines. */
export const requestIdHeader = 'x-request-id';

/** The caller's request id if it sent a sane one, so that a trace spans services; else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[requestIdHeader];
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : randomUUID();
}
