import { bearerToken, isAdmin, problems } from '@hanok/service-kit';
import type { FastifyRequest, preHandlerHookHandler } from 'fastify';
import { mayAct, type Operator, type Role } from './operator.ts';
import { cookieName, readCookie, type ConsoleSession, type SessionCookies } from './session-cookies.ts';
import { roleOfToken, type ConsoleTokens } from './tokens.ts';

/** The header that a change by cookie must carry: other sites' pages cannot send it without being asked first. */
export const consoleHeader = 'x-hanok-console';

/** Who asks, and how he showed it. */
export interface Caller extends Operator {
  readonly by: 'bearer' | 'cookie' | 'local';
  readonly session: ConsoleSession | null;
}

/** Decides who may read and who may change. */
export class Gate {
  readonly #tokens: ConsoleTokens;
  readonly #cookies: SessionCookies;

  constructor(tokens: ConsoleTokens, cookies: SessionCookies) {
    this.#tokens = tokens;
    this.#cookies = cookies;
  }

  /** Who sent a request; null for strangers. */
  callerOf(request: FastifyRequest): Caller | null {
    const bearer = bearerToken(request.headers.authorization);
    if (bearer !== undefined) {
      const role = roleOfToken(this.#tokens, bearer);
      if (role !== null) return { name: 'api', role, by: 'bearer', session: null };
    }
    const session = this.#cookies.read(readCookie(request.headers.cookie, cookieName));
    if (session !== null) return { name: session.name, role: session.role, by: 'cookie', session };
    // Bound to loopback without a token: everyone on this machine is an operator, but no page of another site.
    const isLocal = !request.server.adminPolicy.tokenRequired && isAdmin(request);
    return isLocal ? { name: 'local', role: 'operator', by: 'local', session: null } : null;
  }

  /** @throws Problem 401 for strangers, 403 for a role that may not, or a change another site may have caused. */
  require(request: FastifyRequest, needed: Role): Caller {
    const caller = this.callerOf(request);
    if (caller === null) throw problems.unauthorized({ detail: 'Sign in to the console first' });
    if (!mayAct(caller.role, needed)) {
      throw problems.forbidden({ detail: 'This needs the role operator: sign in with the admin token' });
    }
    if (caller.by !== 'bearer') refuseOtherSites(request);
    return caller;
  }

  /** A `preHandler` that lets pass whoever has the role. */
  requiring(needed: Role): preHandlerHookHandler {
    return (request, _reply, done) => {
      this.require(request, needed);
      done();
    };
  }
}

/** @throws Problem 403 when a page of another site may have made the browser send it. */
export function refuseOtherSites(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin, host } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign =
    (origin !== undefined && URL.parse(origin)?.host !== host) ||
    (site !== undefined && site !== 'same-origin') ||
    request.headers[consoleHeader] === undefined;
  if (!isForeign) return;
  throw problems.forbidden({
    detail: `A change must come from the console itself, with the header ${consoleHeader}`,
    errors: [
      { field: `headers.${consoleHeader}`, rule: 'same-site', message: 'is missing, or from elsewhere' },
    ],
  });
}
