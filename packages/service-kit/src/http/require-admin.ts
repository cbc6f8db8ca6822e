import type { FastifyRequest, preHandlerHookHandler } from 'fastify';
import { bearerToken } from '../admin-policy.ts';
import { problems } from '../problem.ts';

/** Whether the request carries the admin or service credential (see `createAdminPolicy`). */
export function isAdmin(request: FastifyRequest): boolean {
  return request.server.adminPolicy.isAdmin(request.headers);
}

/**
 * A `preHandler` for routes of admins and other services: 401 without a credential, 403 with one that is
 * not theirs.
 */
export const requireAdmin: preHandlerHookHandler = (request, _reply, done) => {
  if (isAdmin(request)) {
    done();
    return;
  }
  const detail = 'This route needs the admin token: Authorization: Bearer <ADMIN_TOKEN>';
  const headers = { 'www-authenticate': 'Bearer' };
  done(
    bearerToken(request.headers.authorization) === undefined
      ? problems.unauthorized({ detail, headers })
      : problems.forbidden({ detail }),
  );
};
