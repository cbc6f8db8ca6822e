import { problemSchema } from './schemas.ts';

const MEANING = {
  400: 'The request breaks a rule; `errors` names field and rule',
  401: 'Credentials are missing, wrong or expired',
  403: 'These credentials do not allow this',
  404: 'There is no such thing',
  409: 'This contradicts the current state',
  412: 'The player has changed since it was read',
  413: 'The body is too large',
  428: 'This change needs an If-Match header',
  429: 'Too many requests; see Retry-After',
  503: 'The database or the cache does not answer; retry later',
} as const;

/** The problems a route may answer with, for its API document. 400 and 503 belong to every route. */
export function refusals(...statuses: (keyof typeof MEANING)[]) {
  return Object.fromEntries(
    ([400, ...statuses, 503] as const).map((status) => [
      status,
      { description: MEANING[status], content: { 'application/problem+json': { schema: problemSchema } } },
    ]),
  );
}

/** Security of routes that need a bearer (unless the service is on a tokenless loopback). */
export const bearerSecurity = [{ bearer: [] }];
