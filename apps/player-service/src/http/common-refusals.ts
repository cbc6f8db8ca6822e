import { problemSchema, type HanokServer } from '@hanok/service-kit';
import { Type } from 'typebox';

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});

/** Refusals that any route may answer with, whatever it does. */
const OF_EVERY_ROUTE = {
  400: problem('The request breaks a rule; `errors` names field and rule'),
  401: problem('Credentials are missing, wrong or expired'),
  403: problem('These credentials do not allow this'),
  429: problem('Too many requests; see Retry-After'),
  503: problem('What is behind the service does not answer; retry later'),
};
/** Those of routes about one thing. */
const OF_THINGS = { 404: problem('There is no such thing') };
/** Those of routes that change something. */
const OF_CHANGES = {
  409: problem('This contradicts the current state, or the Idempotency-Key was used with another request'),
  507: problem('The disk is full; nothing was changed'),
};
/** Those of bodies, also of one that nobody asked for. */
const OF_BODIES = {
  413: problem('The body is too large'),
  415: problem('Send application/json'),
};

/** A stream of server-sent events writes its answer past the framework. */
const OF_STREAMS = {
  200: {
    description: 'Server-sent events, until the connection ends',
    content: { 'text/event-stream': { schema: Type.String({ examples: ['event: message\ndata: {}\n\n'] }) } },
  },
};

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Adds to the API document of each route what its place in the service lets it answer, so that the routes
 * themselves name only what is theirs. Call it before adding routes.
 */
export function documentCommonRefusals(server: HanokServer): void {
  server.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/v1/') || route.schema === undefined) return;
    const methods = [route.method].flat();
    const changes = methods.some((method) => !SAFE_METHODS.has(method));
    const own: unknown = route.schema.response;
    route.schema.response = {
      ...OF_EVERY_ROUTE,
      ...(route.url.includes(':') ? OF_THINGS : {}),
      ...(changes ? OF_CHANGES : {}),
      ...(route.url.endsWith('/stream') ? OF_STREAMS : {}),
      ...(changes ? OF_BODIES : {}),
      ...(typeof own === 'object' ? own : {}),
    };
  });
}
