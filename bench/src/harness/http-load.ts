import autocannon from 'autocannon';
import type { ServerProcess } from './http-server-process.ts';

/** A request that is sent over and over. */
export interface Load {
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PUT';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Keep-alive connections, each with one request at a time. Default 64. */
  readonly connections?: number;
  readonly seconds?: number;
}

/**
 * Sends the load and returns requests per second of the server's own processor time: what a core of it carries,
 * whether or not the load generator could keep it busy.
 *
 * @throws Error when any request failed: a fast refusal is not throughput.
 */
export async function requestsPerCpuSecond(server: ServerProcess, load: Load): Promise<number> {
  const before = server.cpuSeconds();
  const result = await autocannon({
    url: server.url + load.path,
    method: load.method ?? 'GET',
    connections: load.connections ?? 64,
    duration: load.seconds ?? 3,
    headers: {
      ...load.headers,
      ...(load.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(load.body === undefined ? {} : { body: load.body }),
  });
  const failed = result.errors + result.timeouts + result.non2xx;
  if (failed > 0) throw new Error(`${failed} of ${result.requests.total} requests to ${load.path} failed`);
  return result.requests.total / (server.cpuSeconds() - before);
}
