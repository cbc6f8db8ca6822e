import { systemClock, systemRng, type Clock, type Rng } from '@hanok/service-kit';
import { BackOff } from './back-off.ts';
import { silentLogger, type ClientLogger } from './client-logger.ts';
import { CoordinatorUrls } from './coordinator-urls.ts';
import { readEventStream } from './event-stream.ts';
import { listNodes } from './list-nodes.ts';
import { NodeTable } from './node-table.ts';
import { RefusedError } from './refused-error.ts';
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
  /**
   * `stream` is told each change as it happens, over a connection that stays open. `poll` asks for the next change again and
   * again (long polls), for networks whose proxies hold streams back or cut them. Default `stream`.
   */
  readonly mode?: 'stream' | 'poll' | undefined;
  /** Told the service's nodes, all states, by id, after each change; first with what is there. Must not throw. */
  readonly onChange: (nodes: ServiceNode[], revision: number) => void;
  /** Told when the link to the coordinators comes up or goes; until it is back the last nodes told stay good. */
  readonly onLink?: ((connected: boolean) => void) | undefined;
  /**
   * A link without events or heartbeats for this long is dead. Default 25,000 (heartbeats come every 10,000). A poll is
   * answered in that time, change or no change.
   */
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
/** What the coordinators wait at most for a change. */
const maxWaitMs = 60_000;
/** Between two polls, so that changes that come in a crowd are told together. */
const pollGapMs = 100;

/**
 * Follows the nodes of a service. When a coordinator goes away, the next one is asked to go on from the last revision
 * seen; where it cannot (410), it is asked for everything at once. Never throws at its caller when
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
      if (reason === null) continue;
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

  /** Follows one coordinator until that ends. @returns why it ended; null when it is to be asked for everything at once. */
  async #follow(): Promise<string | null> {
    const startedAt = this.#clock.monotonicMs();
    try {
      return await (this.#options.mode === 'poll' ? this.#poll() : this.#stream());
    } catch (error) {
      const isGone = error instanceof RefusedError && error.status === 410;
      // Without a revision nothing can be gone: whoever says so all the same is not asked again at once.
      if (isGone && this.#table.revision !== null) {
        this.#table.forgetRevision();
        return null;
      }
      if (error instanceof MalformedEventError) this.#table.forgetRevision();
      return error instanceof Error ? error.message : String(error);
    } finally {
      // A link that held counts as a success; one that is taken and dropped at once does not.
      if (this.#clock.monotonicMs() - startedAt > backOffBounds.maxMs) this.#backOff.reset();
    }
  }

  async #stream(): Promise<string> {
    const since = this.#table.revision;
    await readEventStream({
      url: this.#url('/v1/events', since === null ? {} : { since: String(since) }),
      token: this.#options.token,
      clock: this.#clock,
      signal: this.#signal,
      connectTimeoutMs: this.#connectTimeoutMs,
      silenceMs: this.#silenceMs,
      onOpen: () => this.#setLinked(true),
      onEvent: ({ event, data }) => this.#apply(event, data),
    });
    return 'the coordinator ended the stream';
  }

  async #poll(): Promise<string> {
    const waitMs = Math.min(maxWaitMs, Math.max(0, this.#silenceMs - this.#connectTimeoutMs));
    for (;;) {
      const since = this.#table.revision;
      const list = await listNodes({
        url: this.#url('/v1/nodes', since === null ? {} : { since: String(since), waitMs: String(waitMs) }),
        token: this.#options.token,
        timeoutMs: this.#connectTimeoutMs + (since === null ? 0 : waitMs),
        clock: this.#clock,
        signal: this.#signal,
      });
      if (this.#signal.aborted) return 'closed';
      this.#setLinked(true);
      if (this.#table.update(list)) this.#options.onChange(this.#table.list(), list.revision);
      if (list.stale) return 'the coordinator is out of touch with a leader';
      await this.#clock.sleep(pollGapMs, this.#signal);
    }
  }

  get #silenceMs(): number {
    return this.#options.silenceMs ?? defaultSilenceMs;
  }

  get #connectTimeoutMs(): number {
    return this.#options.connectTimeoutMs ?? defaultConnectTimeoutMs;
  }

  #url(path: string, more: Record<string, string>): string {
    const query = new URLSearchParams({ service: this.#options.service, ...more });
    return this.#urls.resolve(`${path}?${query.toString()}`);
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
