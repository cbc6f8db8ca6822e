import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { fastify, type FastifyInstance, type RouteOptions } from 'fastify';
import type { DocumentInfo } from './on-demand-document.ts';

/** A server that is only ever injected into: it has the routes' schemas, and serves nothing but their document. */
export async function createDocumentServer(
  { title, description, version }: DocumentInfo,
  routes: readonly RouteOptions[],
): Promise<FastifyInstance> {
  const server = fastify({ exposeHeadRoutes: false });
  // Nothing is validated or serialised here, so no schema needs compiling.
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version },
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
  });
  for (const { method, url, schema } of routes) {
    server.route({ method, url, ...(schema === undefined ? {} : { schema }), handler: () => null });
  }
  await server.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  await server.ready();
  return server;
}
