import type { FastifyInstance } from 'fastify';

/** Knows which methods a path has, so that a wrong method gets 405 with `Allow` rather than 404. */
export interface RouteTable {
  methodsFor(url: string): string[];
}

/** Follows the routes as they are added. Call it before adding any. */
export function trackRoutes(server: FastifyInstance): RouteTable {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  server.addHook('onRoute', ({ url, method }) => {
    const route = routes.get(url) ?? { pattern: toPattern(url), methods: new Set<string>() };
    for (const name of [method].flat()) route.methods.add(name);
    routes.set(url, route);
  });
  return {
    methodsFor(url) {
      const path = url.split('?', 1)[0] ?? url;
      const methods = [...routes.values()]
        .filter(({ pattern }) => pattern.test(path))
        .flatMap((route) => [...route.methods]);
      return [...new Set(methods)].toSorted();
    },
  };
}

function toPattern(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    if (part === '*') return '.*';
    return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('/')}$`);
}
