import { createHttpClient, serviceUrl, type HttpClient, type ServiceAddress } from '@hanok/service-kit';

const timeoutMs = 2_000;

/** Connections to services, one client each, closed when the service is gone. */
export class ServiceClients {
  readonly #token: string | undefined;
  readonly #clients = new Map<string, HttpClient>();

  constructor(token: string | undefined) {
    this.#token = token;
  }

  of(service: ServiceAddress): HttpClient {
    const url = serviceUrl(service);
    let client = this.#clients.get(url);
    if (client === undefined) {
      client = createHttpClient({ baseUrls: [url], token: this.#token, timeoutMs, maxConnections: 4 });
      this.#clients.set(url, client);
    }
    return client;
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }
}
