import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorObject } from 'ajv';
import { Problem, problems } from '../problem.ts';
import { toViolations } from './validation.ts';
import type { RouteTable } from './route-table.ts';

/** Turns an error of a service's domain into a problem, or returns undefined when it is not one of its own. */
export type ErrorMapper = (error: unknown) => Problem | undefined;

/**
 * Makes every answer that is not a success an RFC 9457 document: thrown problems, domain errors through
 * `mapError`, broken rules, unknown routes and methods, and the framework's own refusals. Anything else is
 * a defect of ours: it is logged in full and answered with a bare 500.
 */
export function answerWithProblems(server: FastifyInstance, routes: RouteTable, mapError: ErrorMapper): void {
  server.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error as FastifyError, mapError);
    if (problem.status >= 500)
      request.log.error({ reqId: request.id, err: error, code: problem.code }, problem.title);
    return sendProblem(problem, request, reply);
  });
  server.setNotFoundHandler((request, reply) => {
    const allowed = routes.methodsFor(request.url);
    const problem =
      allowed.length === 0
        ? problems.notFound({ detail: `There is no route ${request.method} ${pathOf(request.url)}` })
        : problems.methodNotAllowed({
            detail: `${pathOf(request.url)} knows ${allowed.join(', ')}`,
            headers: { allow: allowed.join(', ') },
          });
    return sendProblem(problem, request, reply);
  });
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer((document: unknown) => JSON.stringify(document))
    .send(problem.toDocument({ instance: pathOf(request.url), requestId: request.id }));
}

function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? url;
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}

function toProblem(error: FastifyError, mapError: ErrorMapper): Problem {
  if (error instanceof Problem) return error;
  const mapped = mapError(error);
  if (mapped !== undefined) return mapped;
  if (error.validation !== undefined) {
    const errors = toViolations(error.validation as ErrorObject[], error.validationContext);
    return problems.validation({
      detail: errors.map((each) => `${each.field} ${each.message}`).join('; '),
      errors,
    });
  }
  return frameworkProblem(error) ?? problems.internal({ cause: error });
}

function frameworkProblem(error: FastifyError): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problems.tooLarge({
        detail: 'The body is larger than this route allows',
        errors: [{ field: 'body', rule: 'maxSize', message: 'is too large' }],
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return problems.unsupportedMediaType({
        detail: 'Send application/json',
        errors: [{ field: 'headers.content-type', rule: 'mediaType', message: 'must be application/json' }],
      });
    case 'FST_ERR_BAD_URL':
      return problems.validation({
        detail: 'The path is not a valid URL',
        errors: [{ field: 'url', rule: 'encoding', message: 'must be percent-encoded UTF-8' }],
      });
    default:
      if (error.statusCode === undefined || error.statusCode < 400 || error.statusCode >= 500)
        return undefined;
      return new Problem(error.statusCode, error.code?.toLowerCase() ?? 'bad_request', error.message);
  }
}
