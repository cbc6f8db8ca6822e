import { registerHooks } from 'node:module';

/**
 * Loaded before a service (`--import`), it puts stubs in the place of what HANOK_WITHOUT names: the service as it would be if
 * that had never been written. `metrics`: nothing is counted and the load is not watched; `tracing`: nobody asks for a tracer.
 */
const stubs: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  metrics: {
    '/http/metrics-routes.ts': 'export function addMetrics() {}',
    '/telemetry/shed-load.ts': 'export function shedLoad() {}',
  },
  tracing: {
    '/telemetry/tracer.ts':
      'export const currentTracer = () => undefined; export const useTracer = () => undefined;',
    '/tracing/trace-database.ts': 'export const traceDatabase = (database) => database;',
    '/tracing/trace-store.ts': 'export const traceStore = () => undefined;',
  },
};

const chosen = Object.entries(stubs[process.env['HANOK_WITHOUT'] ?? ''] ?? {});

registerHooks({
  load(url, context, next) {
    const source = chosen.find(([path]) => url.endsWith(path))?.[1];
    return source === undefined ? next(url, context) : { format: 'module', source, shortCircuit: true };
  },
});
