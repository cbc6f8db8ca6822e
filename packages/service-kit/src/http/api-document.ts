import { Type } from 'typebox';

/** An RFC 9457 problem document, the body of every refusal, for API documents. */
export const problemSchema = Type.Object(
  {
    type: Type.String({ examples: ['urn:hanok:problem:not_found'] }),
    title: Type.String(),
    status: Type.Integer({ examples: [404] }),
    code: Type.String({ description: 'Stable; branch on it', examples: ['not_found'] }),
    detail: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    requestId: Type.Optional(Type.String()),
    retryable: Type.Boolean({ description: 'Whether the same request may succeed later' }),
    errors: Type.Optional(
      Type.Array(Type.Object({ field: Type.String(), rule: Type.String(), message: Type.String() })),
    ),
  },
  { description: 'RFC 9457 problem document' },
);

const meanings = {
  400: 'The request breaks a rule; `errors` names field and rule',
  401: 'Credentials are missing, wrong or expired',
  403: 'These credentials do not allow this',
  404: 'There is no such thing',
  409: 'This contradicts the current state',
  412: 'The resource has changed since it was read',
  413: 'The body is too large',
  422: 'Well formed, but it cannot be carried out',
  428: 'This change needs an If-Match header',
  429: 'Too many requests; see Retry-After',
  503: 'What is behind the service does not answer; retry later',
} as const;

/** The problems a route may answer with, for its `response` schema. 400 and 503 belong to every route. */
export function refusals(...statuses: (keyof typeof meanings)[]) {
  return Object.fromEntries(
    ([400, ...statuses, 503] as const).map((status) => [
      status,
      { description: meanings[status], content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
}

/** For the `security` of routes that need a bearer, unless the service is on loopback without a token. */
export const bearerSecurity = [{ bearer: [] }];
