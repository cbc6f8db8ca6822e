import { watchServices, type ServiceWatch } from '@hanok/cluster';
import type { Logger } from '@hanok/service-kit';
import { parseListen } from '../addresses.ts';
import { staticBackends } from '../balancer-settings.ts';
import { Balancer, type BalancerOptions } from '../balancer.ts';
import type { InheritedListener } from '../upgrade/upgrade-messages.ts';
import { readCertificates, type TlsCertificate } from '../tls/read-certificates.ts';
import { configOfPool } from '../pool/pool-config.ts';
import { followStatic } from '../pool/static-backends.ts';
import { compareListeners, type ListenerChange } from './listener-changes.ts';
import type { ListenerConfig } from './listener-config.ts';

/** What all listeners share. */
export type SharedBalancerOptions = Omit<BalancerOptions, 'config' | 'pools' | 'takesOver' | 'inherited'>;

interface Running {
  readonly balancer: Balancer;
  readonly watch: ServiceWatch | undefined;
  settings: ListenerConfig;
}

/** There is no listener of this name. */
export class ListenerNotFoundError extends Error {
  override readonly name = 'ListenerNotFoundError';
  readonly code = 'listener_not_found';
  readonly retryable = false;
}

/** The listeners of this process, each with its pool and workers, and their change at run time. */
export class ListenerSet {
  readonly #options: SharedBalancerOptions;
  readonly #running = new Map<string, Running>();
  readonly #draining = new Set<Promise<void>>();

  private constructor(options: SharedBalancerOptions) {
    this.#options = options;
  }

  /**
   * Opens all listeners, or none.
   * @param inherited by name, what an earlier process hands over; only for those with the same address
   * @throws ConfigError or ListenError when one cannot be opened
   */
  static async open(
    options: SharedBalancerOptions,
    listeners: readonly ListenerConfig[],
    inherited: readonly InheritedListener[] = [],
  ): Promise<ListenerSet> {
    const set = new ListenerSet(options);
    await set.apply(listeners, inherited);
    return set;
  }

  /** Names and balancers in the order of the configuration. */
  list(): { readonly name: string; readonly balancer: Balancer; readonly settings: ListenerConfig }[] {
    return [...this.#running].map(([name, { balancer, settings }]) => ({ name, balancer, settings }));
  }

  /**
   * The balancer of a listener; of the first one when no name is given.
   * @throws ListenerNotFoundError
   */
  get(name?: string): Balancer {
    const [first] = this.#running.keys();
    const wanted = name ?? first ?? '';
    const running = this.#running.get(wanted);
    if (running === undefined) throw new ListenerNotFoundError(`there is no listener ${wanted}`);
    return running.balancer;
  }

  /** What `apply` would do. */
  compare(wanted: readonly ListenerConfig[]): ListenerChange[] {
    const running = [...this.#running.values()].map(({ settings }) => settings);
    return compareListeners(running, wanted);
  }

  /**
   * Makes the listeners what is wanted. New and restarted ones are opened first: when one cannot be, nothing
   * changes. Then the others are changed, and those not wanted any more drained. Certificates are read again in any
   * case, and one that cannot be used changes nothing, too.
   * @throws ConfigError or ListenError
   */
  async apply(
    wanted: readonly ListenerConfig[],
    inherited: readonly InheritedListener[] = [],
  ): Promise<ListenerChange[]> {
    const changes = this.compare(wanted);
    const toOpen = wanted.filter(({ name }) => isOpened(changes, name));
    const certificates = await readAllCertificates(wanted.filter(({ name }) => !isOpened(changes, name)));
    const opened = await this.#openAll(toOpen, inherited);
    for (const { name, action } of changes) {
      if (action === 'remove' || action === 'restart') this.#retire(name);
    }
    const before = new Map(this.#running);
    this.#running.clear();
    for (const settings of wanted) {
      const running = opened.get(settings.name) ?? before.get(settings.name);
      if (running === undefined) continue;
      if (!opened.has(settings.name)) this.#change(running, settings, certificates.get(settings.name) ?? []);
      this.#running.set(settings.name, running);
    }
    return changes;
  }

  /** Closes every listener and lets open connections end within their deadline. */
  async stop(): Promise<void> {
    for (const name of this.#running.keys()) this.#retire(name);
    await Promise.all(this.#draining);
  }

  async #openAll(
    listeners: readonly ListenerConfig[],
    inherited: readonly InheritedListener[],
  ): Promise<Map<string, Running>> {
    const opened = new Map<string, Running>();
    try {
      for (const settings of listeners) {
        const { name, config, pools } = settings;
        const holder = this.#running.get(name);
        const takesOver = holder !== undefined && holder.settings.config.listen === config.listen;
        const logger = this.#options.logger.child({ listener: name });
        const legacy = inherited.find((each) => each.name === name && each.listen === config.listen);
        const balancer = await Balancer.create({
          ...this.#options,
          logger,
          config,
          pools,
          takesOver,
          ...(legacy === undefined ? {} : { inherited: legacy }),
        });
        opened.set(name, { balancer, settings, watch: undefined });
        // Without a shared port the old listener must let go of the address before the new one can have it.
        if (takesOver && !balancer.sharesPort) await holder.balancer.closeListener();
        await balancer.start();
        opened.set(name, { balancer, settings, watch: watchBackends(balancer, settings, logger) });
        logger.info(
          { strategy: config.strategy },
          `game traffic on ${parseListen(config.listen).host}:${balancer.workers.port}`,
        );
      }
      return opened;
    } catch (error) {
      await Promise.all([...opened.values()].map((running) => close(running)));
      throw error;
    }
  }

  #change(running: Running, settings: ListenerConfig, certificates: readonly TlsCertificate[]): void {
    const { balancer } = running;
    balancer.workers.setCertificates(certificates);
    for (const pool of ['', ...balancer.pools]) {
      const [before, after] = [running.settings, settings].map(
        ({ config, pools }) => configOfPool(config, pools, pool).strategy,
      );
      if (after !== undefined && before !== after) balancer.useStrategy(pool, after);
    }
    const specs = staticBackends(settings.config, settings.pools);
    for (const id of followStatic(balancer.backends, specs)) {
      this.#options.logger.warn({ listener: settings.name, backend: id }, 'id or address is taken: left out');
    }
    running.settings = settings;
  }

  #retire(name: string): void {
    const running = this.#running.get(name);
    if (running === undefined) return;
    const closed = close(running).finally(() => this.#draining.delete(closed));
    this.#draining.add(closed);
  }
}

/** By listener. */
async function readAllCertificates(
  listeners: readonly ListenerConfig[],
): Promise<Map<string, readonly TlsCertificate[]>> {
  const read = listeners.map(
    async ({ name, config }) => [name, await readCertificates(config.tlsCertificates)] as const,
  );
  return new Map(await Promise.all(read));
}

function isOpened(changes: readonly ListenerChange[], name: string): boolean {
  return changes.some(
    (change) => change.name === name && (change.action === 'add' || change.action === 'restart'),
  );
}

async function close({ balancer, watch }: Running): Promise<void> {
  watch?.close();
  await balancer.stop();
}

function watchBackends(
  balancer: Balancer,
  settings: ListenerConfig,
  logger: Logger,
): ServiceWatch | undefined {
  const { config, discovers } = settings;
  if (config.coordinatorUrls.length === 0 || !discovers) return undefined;
  return watchServices({
    coordinatorUrls: config.coordinatorUrls,
    token: config.adminToken,
    service: config.discoverService,
    onChange: (nodes) => balancer.discovery.nodesChanged(nodes),
    onLink: (connected) => balancer.discovery.linkChanged(connected),
    logger,
  });
}
