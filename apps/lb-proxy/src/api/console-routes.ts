import { problems, type HanokServer } from '@hanok/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { request as sendRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as sendSecureRequest } from 'node:https';

const CONNECT_TIMEOUT_MS = 2_000;
const MAX_BODY_BYTES = 65_536;

/** Headers that are about one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'te', 'trailer'];

/**
 * `/console`: the coordinators' console, handed through as it is to the first of them that answers. Signing in is
 * theirs; nothing is added to a request but where it came from.
 */
export function addConsoleRoutes(server: HanokServer, coordinatorUrls: readonly string[]): void {
  if (coordinatorUrls.length === 0) return;
  let preferred = 0;

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    for (let attempt = 0; attempt < coordinatorUrls.length; attempt += 1) {
      const index = (preferred + attempt) % coordinatorUrls.length;
      const answer = await ask(coordinatorUrls[index] ?? '', request);
      if (answer === null) continue;
      preferred = index;
      return pass(answer, reply);
    }
    throw problems.unavailable({ detail: 'No coordinator answers', retryAfterSeconds: 1 });
  };

  void server.register((scope) => {
    // Bodies are passed on as they came.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES },
      (_request, body, done) => done(null, body),
    );
    const method = ['GET', 'POST', 'DELETE'];
    scope.route({ method, url: '/console', exposeHeadRoute: false, schema: { hide: true }, handler: handle });
    scope.route({
      method,
      url: '/console/*',
      exposeHeadRoute: false,
      schema: { hide: true },
      handler: handle,
    });
    return Promise.resolve();
  });
}

/** @returns its answer, or null when it cannot be reached. */
function ask(
  baseUrl: string,
  request: FastifyRequest,
): Promise<{ response: IncomingMessage; sent: ClientRequest } | null> {
  const url = new URL(request.url, baseUrl);
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !HOP_BY_HOP.includes(name)),
  );
  const send = url.protocol === 'https:' ? sendSecureRequest : sendRequest;
  return new Promise((resolve) => {
    const sent = send(url, {
      method: request.method,
      headers: { ...headers, 'x-forwarded-for': request.ip },
      timeout: CONNECT_TIMEOUT_MS,
    });
    sent.on('response', (response) => resolve({ response, sent }));
    sent.on('timeout', () => {
      if (sent.socket?.connecting === true) sent.destroy();
    });
    sent.on('error', () => resolve(null));
    sent.end(request.body instanceof Buffer ? request.body : undefined);
  });
}

function pass(
  { response, sent }: { response: IncomingMessage; sent: ClientRequest },
  reply: FastifyReply,
): FastifyReply {
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined && !HOP_BY_HOP.includes(name)) void reply.header(name, value);
  }
  // A stream of events has no end: when its reader goes, it must go.
  reply.raw.on('close', () => sent.destroy());
  return reply.code(response.statusCode ?? 502).send(response);
}
