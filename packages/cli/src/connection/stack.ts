import { createClient, type HanokClient } from '@hanok/client';
import { serviceUrl } from '@hanok/service-kit/service-address';
import { CliError, exitCodes } from '../errors.ts';
import type { RegisteredNode } from './answers.ts';
import { createServiceApi, type ServiceApi } from './service-api.ts';
import type { ConnectionSettings } from './settings.ts';

type Kind = 'lb-proxy' | 'player-service' | 'cache-service';

/** A stack: its coordinators by address, everything else through their registry. */
export class Stack implements AsyncDisposable {
  readonly settings: ConnectionSettings;
  readonly coordinator: ServiceApi;
  readonly #signal: AbortSignal;
  readonly #apis: ServiceApi[] = [];

  /** @param signal ends whatever is under way. */
  constructor(settings: ConnectionSettings, signal: AbortSignal) {
    this.settings = settings;
    this.#signal = signal;
    const [first = '', ...others] = settings.coordinatorUrls;
    this.coordinator = this.#api('coordinator', [first, ...others]);
  }

  /** Every lb-proxy, so that a change reaches all of them. @throws CliError when there is none */
  async proxies(): Promise<readonly ServiceApi[]> {
    return this.#services('lb-proxy', this.settings.proxyUrl);
  }

  /** Every player-service. @throws CliError when there is none */
  async playerServices(): Promise<readonly ServiceApi[]> {
    return this.#services('player-service', this.settings.playerUrl);
  }

  /** Every cache-service. @throws CliError when there is none */
  async caches(): Promise<readonly ServiceApi[]> {
    return this.#services('cache-service', this.settings.cacheUrl);
  }

  /** The SDK on a player-service that answers. @throws when none does */
  async players(timeoutMs = this.settings.timeoutMs): Promise<HanokClient> {
    const { token } = this.settings;
    const { baseUrl } = await this.playerService();
    const credential = token === undefined ? {} : { token };
    return createClient({ baseUrl, timeoutMs, attemptTimeoutMs: timeoutMs, ...credential });
  }

  /** A player-service that answers: one of the registry may have died a moment ago. @throws when none does */
  async playerService(): Promise<ServiceApi> {
    const services = await this.playerServices();
    let failure: unknown;
    for (const service of services) {
      try {
        await service.get('/healthz');
        return service;
      } catch (error) {
        this.#signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  }

  /** What is registered now, but for the dead. */
  async registered(service: Kind): Promise<readonly RegisteredNode[]> {
    const { items } = await this.coordinator.get<{ items: readonly RegisteredNode[] }>(
      `/v1/nodes?service=${service}`,
    );
    return items;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#apis.map((api) => api.close()));
  }

  async #services(kind: Kind, given: string | undefined): Promise<readonly ServiceApi[]> {
    if (given !== undefined) return [this.#api(new URL(given).host, [given])];
    const nodes = await this.registered(kind);
    if (nodes.length === 0) {
      const option = `--${kind.replace('lb-', '').split('-', 1)[0]}-url`;
      throw new CliError(
        exitCodes.unreachable,
        'no_service',
        `no ${kind} is registered at the coordinators; start one, or name it with ${option}`,
      );
    }
    // Those that serve come first; a draining one still answers.
    const ready = nodes.filter(({ state }) => state === 'ready');
    const others = nodes.filter(({ state }) => state !== 'ready');
    return [...ready, ...others].map((node) => this.#api(node.id, [serviceUrl(node)]));
  }

  #api(id: string, baseUrls: readonly [string, ...string[]]): ServiceApi {
    const { token, timeoutMs } = this.settings;
    const api = createServiceApi({ id, baseUrls, token, timeoutMs, signal: this.#signal });
    this.#apis.push(api);
    return api;
  }
}
