import { createHttpClient, type HttpCall, type HttpClient } from '@hanok/service-kit/http-client';

/** One service of the stack, or several of a kind that stand in for each other. */
export interface ServiceApi {
  /** The id in the registry, or the address when that was given. */
  readonly id: string;
  readonly baseUrl: string;
  get<T>(path: string): Promise<T>;
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** The text of an answer, whatever its type. */
  text(path: string): Promise<string>;
  close(): Promise<void>;
}

export interface ServiceApiOptions {
  readonly id: string;
  /** Tried in turn. At least one. */
  readonly baseUrls: readonly [string, ...string[]];
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Speaks to a service. Nothing is sent until something is asked. */
export function createServiceApi({ id, baseUrls, token, timeoutMs, signal }: ServiceApiOptions): ServiceApi {
  let client: HttpClient | undefined;
  const call = async <T>(request: HttpCall): Promise<T> => {
    client ??= createHttpClient({ baseUrls, token, timeoutMs });
    return (await client.call<T>({ ...request, signal })).body;
  };
  return {
    id,
    baseUrl: baseUrls[0],
    get: (path) => call({ method: 'GET', path }),
    send: (method, path, body) => call({ method, path, body }),
    async text(path) {
      const response = await fetch(baseUrls[0] + path, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      return response.text();
    },
    async close() {
      await client?.close();
    },
  };
}
