import { HttpError, type HttpClient } from '@hanok/service-kit';
import type {
  BackendReport,
  BalancerFigures,
  BalancerStatistics,
  ListenerDescription,
  ListenerFigures,
  ListenerList,
} from './upstream.ts';

/**
 * Asks an lb-proxy what it does. One of the version before this has no such answer, and is asked for its statistics.
 *
 * @param known version of the descriptions that need not be told again; empty: none is known
 * @throws Error when it does not answer
 */
export async function readFigures(client: HttpClient, known: string): Promise<BalancerFigures> {
  try {
    return await get<BalancerFigures>(client, `/v1/figures?known=${known}`);
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return readStatistics(client);
    throw error;
  }
}

async function readStatistics(client: HttpClient): Promise<BalancerFigures> {
  const { items } = await get<ListenerList>(client, '/v1/listeners');
  const listeners = items.map(async (listener) => {
    const query = `listener=${encodeURIComponent(listener.name)}`;
    return figuresOf(listener, await get<BalancerStatistics>(client, `/v1/stats?${query}`));
  });
  return { version: '', listeners: await Promise.all(listeners) };
}

function figuresOf(
  listener: ListenerDescription,
  { refused, backends, ...statistics }: BalancerStatistics,
): ListenerFigures {
  const column = (read: (backend: BackendReport) => number) => backends.map(read);
  const unknown = backends.map(() => null);
  return {
    ...listener,
    ...statistics,
    refused: Object.values(refused).reduce((total, count) => total + count, 0),
    backends,
    figures: {
      activeConnections: column((backend) => backend.activeConnections),
      totalConnections: column((backend) => backend.totalConnections),
      failedConnects: column((backend) => backend.failedConnects),
      bytesToBackend: column((backend) => backend.bytesToBackend),
      bytesToClient: column((backend) => backend.bytesToClient),
      p50Ms: unknown,
      p99Ms: unknown,
    },
  };
}

async function get<T>(client: HttpClient, path: string): Promise<T> {
  return (await client.call<T>({ method: 'GET', path })).body;
}
