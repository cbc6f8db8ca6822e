import { bearerSecurity, refusals, type HanokServer } from '@hanok/service-kit';
import { requireServer } from '../http/principal.ts';
import { sendAnswer, writeRequest } from '../http/respond.ts';
import type { RouteContext } from '../http/route-context.ts';
import { unsafeHeaders } from '../http/schemas.ts';
import { batchBody, batchResultSchema } from './batch-schemas.ts';
import { runBatch, scopeOf } from './batch.ts';

/** `/v1/batch`: what a match server has to book at the end of a match, in one request. */
export function addBatchRoutes(server: HanokServer, context: RouteContext): void {
  server.post(
    '/v1/batch',
    {
      schema: {
        tags: ['batch'],
        summary: 'Carry out up to 100 operations',
        description:
          'In one transaction. `atomic`: all or nothing; the first refusal is the answer and names its operation. ' +
          'Otherwise each for itself, with a result for each. One Idempotency-Key covers the batch; rate limits count each operation. Needs a server credential with the scopes of all operations.',
        security: bearerSecurity,
        headers: unsafeHeaders,
        body: batchBody,
        response: { 200: batchResultSchema, ...refusals(401, 403, 404, 409, 413) },
      },
    },
    async (request, reply) => {
      const principal = await context.identify(request);
      for (const scope of new Set(request.body.operations.map((operation) => scopeOf(operation)))) {
        requireServer(principal, scope, 'This batch');
      }
      await context.countFurther(request, principal, request.body.operations.length);
      const answer = await context.writes.run(writeRequest(request, principal), async (tx) => {
        const { results, ...done } = await runBatch(tx, request.body, context.currencies);
        return { status: 200, body: { results }, ...done };
      });
      return sendAnswer(reply, answer);
    },
  );
}
