import type { FastifyInstance } from 'fastify';

/**
 * What a page of ours may do: nothing from elsewhere, in no frame of another site. A route that serves a page may set a
 * stricter or a fitting policy of its own.
 */
const pagePolicy =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/**
 * Headers that keep browsers from making more of an answer than it is (OWASP Secure Headers). JSON gets the few that
 * matter for it, since each costs every request; pages get all.
 *
 * @param isSecure whether the service speaks TLS itself, so that browsers may be told to insist on it.
 */
export function addSecurityHeaders(server: FastifyInstance, isSecure: boolean): void {
  server.addHook('onSend', (_request, reply, _payload, done) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (isSecure) void reply.header('strict-transport-security', 'max-age=31536000');
    const type = reply.getHeader('content-type');
    if (typeof type === 'string' && type.startsWith('text/html')) {
      if (!reply.hasHeader('content-security-policy'))
        void reply.header('content-security-policy', pagePolicy);
      void reply.header('x-frame-options', 'DENY');
      void reply.header('referrer-policy', 'no-referrer');
      void reply.header('cross-origin-opener-policy', 'same-origin');
      void reply.header('cross-origin-resource-policy', 'same-origin');
      void reply.header('permissions-policy', 'camera=(), geolocation=(), microphone=()');
    }
    done();
  });
}
