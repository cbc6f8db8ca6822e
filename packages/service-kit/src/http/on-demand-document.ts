import type { FastifyInstance, RouteOptions } from 'fastify';

/** What the document of an API says of itself. */
export interface DocumentInfo {
  readonly title: string;
  readonly description: string;
  readonly version: string;
}

/**
 * `/docs`, the page of the API, and `/docs/json`, its OpenAPI 3.1 document. Both are made when they are first asked for:
 * most processes never are, and the libraries take 20 MB and a tenth of a second of each start. Until then only the
 * schemas of the routes are kept, which the server has anyway.
 */
export function addDocumentOnDemand(server: FastifyInstance, info: DocumentInfo): void {
  const routes: RouteOptions[] = [];
  let documents: Promise<FastifyInstance> | undefined;
  server.addHook('onRoute', (route) => {
    if (!route.url.startsWith('/docs') && route.method !== 'HEAD') routes.push(route);
  });
  server.route({
    method: 'GET',
    url: '/docs/*',
    schema: { hide: true },
    handler: (request, reply) => answer(request.url, reply),
  });
  server.route({
    method: 'GET',
    url: '/docs',
    schema: { hide: true },
    handler: (request, reply) => answer(request.url, reply),
  });
  server.addHook('onClose', async () => (await documents)?.close());

  async function answer(url: string, reply: Parameters<RouteOptions['handler']>[1]) {
    documents ??= import('./document-server.ts').then((module) => module.createDocumentServer(info, routes));
    const made = await (await documents).inject({ method: 'GET', url });
    for (const [name, value] of Object.entries(made.headers)) {
      if (value !== undefined && !hopByHop.has(name)) void reply.header(name, value);
    }
    return reply.code(made.statusCode).send(made.rawPayload);
  }
}

/** Headers of the inner answer that belong to its connection, not to its content. */
const hopByHop = new Set(['connection', 'keep-alive', 'date', 'content-length', 'transfer-encoding']);
