import { systemClock, systemRng, type Clock, type Rng } from '@hanok/service-kit';
import { BackOff } from './back-off.ts';
import { silentLogger, type ClientLogger } from './client-logger.ts';
import { CoordinatorUrls } from './coordinator-urls.ts';
import { EventStreamRefusedError, readEventStream } from './event-stream.ts';
import { NodeTable } from './node-table.ts';
import { MalformedEventError, parseRegistryEvent } from './registry-event.ts';
import type { ServiceNode } from './service-node.ts';

/** What to watch and whom to tell. */
export interface WatchOptions {
  /** Base URLs of the coordinators; one is followed at a time. */
  readonly coordinatorUrls: readonly string[];
  /** Server credential, sent as a bearer token. */
  readonly token?: string | undefined;
  /** Only nodes of this service are told. */
  readonly service: string;
  /** Told the service's nodes, all states, by id, after each change; first with what is there. Must not throw. */
  readonly onChange: (nodes: ServiceNode[], revision: number) => void;
  /** Told when the link to the coordinators comes up or goes; until it is back the last nodes told stay good. */
  readonly onLink?: ((connected: boolean) => void) | undefined;
  /** A link without events or heartbeats for this long is dead. Default 25,000 (heartbeats come every 10,000). */
  readonly silenceMs?: number | undefined;
  /** Default 3,000. */
  readonly connectTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly rng?: Rng | undefined;
  readonly logger?: ClientLogger | undefined;
}

/** A running watch. */
export interface ServiceWatch {
  /** Ends it; nothing is told afterwards. */
  close(): void;
}

const defaultSilenceMs = 25_000;
const defaultConnectTimeoutMs = 3_000;
const backOffBounds = { firstMs: 100, maxMs: 5_000 };

/**
 * Follows the nodes of a service. When a coordinator goes away, the next one is asked to go on from the last revision
 * seen; where it cannot (410, or it sends a snapshot), everything is read anew. Never throws at its caller when
 * coordinators are away.
 * @throws RangeError or TypeError for unusable `coordinatorUrls`, before anything is sent.
 */
export function watchServices(options: WatchOptions): ServiceWatch {
  const abort = new AbortController();
  const watcher = new Watcher(options, abort.signal);
  void watcher.run();
  return { close: () => abort.abort() };
}

class Watcher {
  readonly #options: WatchOptions;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #logger: ClientLogger;
  readonly #urls: CoordinatorUrls;
  readonly #backOff: BackOff;
  readonly #table: NodeTable;
  #linked: boolean | null = null;

  constructor(options: WatchOptions, signal: AbortSignal) {
    const rng = options.rng ?? systemRng;
    this.#options = options;
    this.#signal = signal;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#urls = new CoordinatorUrls(options.coordinatorUrls, rng);
    this.#backOff = new BackOff(backOffBounds, rng);
    this.#table = new NodeTable(options.service);
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      const reason = await this.#follow();
      if (this.#signal.aborted) return;
      this.#setLinked(false);
      const delayMs = this.#backOff.nextDelayMs();
      this.#logger.warn(
        { coordinator: this.#urls.resolve(''), reason, retryInMs: Math.round(delayMs) },
        'no events from this coordinator',
      );
      this.#urls.rotate();
      await this.#clock.sleep(delayMs, this.#signal).catch(() => undefined);
    }
  }

  /** Follows one coordinator until that ends. @returns why it ended. */
  async #follow(): Promise<string> {
    const since = this.#table.revision;
    const startedAt = this.#clock.monotonicMs();
    try {
      await readEventStream({
        url: this.#urls.resolve(this.#path(since)),
        token: this.#options.token,
        clock: this.#clock,
        signal: this.#signal,
        connectTimeoutMs: this.#options.connectTimeoutMs ?? defaultConnectTimeoutMs,
        silenceMs: this.#options.silenceMs ?? defaultSilenceMs,
        onOpen: () => this.#setLinked(true),
        onEvent: ({ event, data }) => this.#apply(event, data),
      });
      return 'the coordinator ended the stream';
    } catch (error) {
      if (needsSnapshot(error)) this.#table.forgetRevision();
      return error instanceof Error ? error.message : String(error);
    } finally {
      // A link that held counts as a success; one that is taken and dropped at once does not.
      if (this.#clock.monotonicMs() - startedAt > backOffBounds.maxMs) this.#backOff.reset();
    }
  }

  #path(since: number | null): string {
    const query = new URLSearchParams({ service: this.#options.service });
    if (since !== null) query.set('since', String(since));
    return `/v1/events?${query.toString()}`;
  }

  #apply(name: string | undefined, data: string): void {
    if (this.#signal.aborted) return;
    const event = parseRegistryEvent(name, data);
    if (event !== null && this.#table.apply(event))
      this.#options.onChange(this.#table.list(), event.revision);
  }

  #setLinked(linked: boolean): void {
    if (this.#linked === linked || this.#signal.aborted) return;
    this.#linked = linked;
    this.#options.onLink?.(linked);
  }
}

function needsSnapshot(error: unknown): boolean {
  return (
    error instanceof MalformedEventError || (error instanceof EventStreamRefusedError && error.status === 410)
  );
}
