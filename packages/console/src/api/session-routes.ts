import { problems, type HanokServer } from '@hanok/service-kit';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { refuseOtherSites } from '../auth/gate.ts';
import { cookieName, sessionMs } from '../auth/session-cookies.ts';
import { roleOfToken } from '../auth/tokens.ts';
import type { ConsoleContext } from './context.ts';

const signInBody = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: 512 }),
    name: Type.Optional(Type.String({ maxLength: 64, pattern: '^[^\\p{C}]*$' })),
  },
  { additionalProperties: false },
);

const path = '/console/api/session';

/** Who one is, signing in and out. */
export function addSessionRoutes(server: HanokServer, context: ConsoleContext): void {
  const { tokens, cookies, gate, limit, audit } = context;

  server.get(path, { schema: { hide: true } }, (request) => {
    const caller = gate.callerOf(request);
    return {
      signedIn: caller !== null,
      name: caller?.name ?? null,
      role: caller?.role ?? null,
      canSignOut: caller?.by === 'cookie',
    };
  });

  server.post(path, { schema: { hide: true, body: signInBody } }, async (request, reply) => {
    refuseOtherSites(request);
    const waitSeconds = limit.waitSeconds(request.ip);
    if (waitSeconds > 0) {
      throw problems.tooManyRequests({ detail: 'Too many wrong tokens', retryAfterSeconds: waitSeconds });
    }
    const { token, name = '' } = request.body;
    const role = roleOfToken(tokens, token);
    const who = { name: name.trim() || (role ?? 'unknown'), role: role ?? 'none', address: request.ip };
    const entry = { who, action: 'session.sign-in', target: 'console', before: null, after: null };
    if (role === null) {
      limit.failed(request.ip);
      await audit.record({ ...entry, outcome: 'failed', detail: 'wrong token' });
      throw problems.unauthorized({ detail: 'This token is not known' });
    }
    await audit.record({ ...entry, outcome: 'done', detail: '' });
    const value = cookies.issue({ name: who.name, role });
    return reply
      .header('set-cookie', cookieOf(request, value, Math.floor(sessionMs / 1_000)))
      .send({ name: who.name, role });
  });

  server.delete(path, { schema: { hide: true } }, async (request, reply) => {
    const caller = gate.require(request, 'viewer');
    if (caller.session !== null) cookies.revoke(caller.session);
    return reply
      .code(204)
      .header('set-cookie', cookieOf(request, '', 0))
      .send();
  });
}

/** Out of reach of scripts, and not sent when another site leads here. */
function cookieOf(request: FastifyRequest, value: string, maxAgeSeconds: number): string {
  const isSecure = request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  const attributes = ['Path=/console', 'HttpOnly', 'SameSite=Strict', `Max-Age=${maxAgeSeconds}`];
  return [`${cookieName}=${value}`, ...attributes, ...(isSecure ? ['Secure'] : [])].join('; ');
}
