import { systemClock, systemRng, type Clock, type Rng, type Timer } from '@hanok/service-kit';
import { BackOff } from './back-off.ts';
import { callCoordinator, type CallResult } from './call.ts';
import { silentLogger, type ClientLogger } from './client-logger.ts';
import { CoordinatorUrls } from './coordinator-urls.ts';
import { KeptConnection } from './kept-connection.ts';
import type { NodeState } from './service-node.ts';

/** What to register and how. */
export interface AnnounceOptions {
  /** Base URLs of the coordinators; any of them takes the registration. */
  readonly coordinatorUrls: readonly string[];
  /** Server credential, sent as a bearer token. */
  readonly token?: string | undefined;
  readonly id: string;
  readonly service: string;
  readonly host: string;
  readonly port: number;
  /** Free text by key; at most 4 KB as JSON. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** How long the registration outlives its last renewal. Default 15,000; renewed at a third of it. */
  readonly ttlMs?: number | undefined;
  /** The state before the first `setState`. Default `starting`. */
  readonly state?: NodeState | undefined;
  /** `stop` gives up on deregistering after this long. Default 3,000. */
  readonly stopTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly rng?: Rng | undefined;
  readonly logger?: ClientLogger | undefined;
}

/** A registration that is kept alive until it is stopped. */
export interface Announcement {
  /** Whether the last renewal that was answered was accepted. */
  readonly registered: boolean;
  /** Changes the registered state; sent at once. */
  setState(state: NodeState): void;
  /** Deregisters, within `stopTimeoutMs`, and ends. Never rejects; an entry that could not be taken away expires. */
  stop(): Promise<void>;
}

const defaultTtlMs = 15_000;
const defaultStopTimeoutMs = 3_000;
const minCallTimeoutMs = 250;
const maxCallTimeoutMs = 3_000;
const firstRetryMs = 200;

/**
 * Registers a service with the coordinators and keeps the registration alive: renewed at a third of its TTL, at
 * another coordinator when one does not answer in time, and registered again should it have expired meanwhile.
 * Never throws at its caller when coordinators are away.
 * @throws RangeError or TypeError for unusable `coordinatorUrls`, before anything is sent.
 */
export function announceService(options: AnnounceOptions): Announcement {
  const announcer = new Announcer(options);
  announcer.renewSoon(0);
  return announcer;
}

class Announcer implements Announcement {
  readonly #options: AnnounceOptions;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #logger: ClientLogger;
  readonly #urls: CoordinatorUrls;
  readonly #connection = new KeptConnection();
  readonly #backOff: BackOff;
  readonly #ttlMs: number;
  readonly #callTimeoutMs: number;
  #state: NodeState;
  #registered = false;
  /** Whether an entry of ours may stand in the registry. */
  #mayStand = false;
  #stopped = false;
  #renewAgain = false;
  #timer: Timer | null = null;
  #inFlight: Promise<void> | null = null;

  constructor(options: AnnounceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#rng = options.rng ?? systemRng;
    this.#logger = options.logger ?? silentLogger;
    this.#urls = new CoordinatorUrls(options.coordinatorUrls, this.#rng);
    this.#ttlMs = options.ttlMs ?? defaultTtlMs;
    this.#callTimeoutMs = Math.min(maxCallTimeoutMs, Math.max(minCallTimeoutMs, this.#ttlMs / 6));
    this.#backOff = new BackOff({ firstMs: firstRetryMs, maxMs: this.#ttlMs / 3 }, this.#rng);
    this.#state = options.state ?? 'starting';
  }

  get registered(): boolean {
    return this.#registered;
  }

  setState(state: NodeState): void {
    if (this.#stopped || state === this.#state) return;
    this.#state = state;
    this.renewSoon(0);
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    const endsAt = this.#clock.monotonicMs() + (this.#options.stopTimeoutMs ?? defaultStopTimeoutMs);
    // A renewal still on its way could arrive after the removal and bring the entry back: it is waited for.
    if (this.#inFlight !== null) await this.#inFlight;
    if (this.#mayStand) await this.#deregister(endsAt);
    this.#connection.close();
  }

  renewSoon(delayMs: number): void {
    if (this.#inFlight !== null) {
      this.#renewAgain = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(delayMs, () => {
      this.#inFlight = this.#renewAndPlanNext();
    });
  }

  async #renewAndPlanNext(): Promise<void> {
    const nextMs = await this.#renew();
    this.#inFlight = null;
    if (this.#stopped) return;
    const again = this.#renewAgain;
    this.#renewAgain = false;
    this.renewSoon(again ? 0 : nextMs);
  }

  /** Sends one renewal. @returns the wait before the next. */
  async #renew(): Promise<number> {
    const { id, service, host, port, metadata } = this.#options;
    const body = {
      service,
      host,
      port,
      state: this.#state,
      ttlMs: this.#ttlMs,
      ...(metadata ? { metadata } : {}),
    };
    let result: CallResult;
    try {
      result = await this.#call('PUT', this.#callTimeoutMs, body);
    } catch (error) {
      this.#mayStand = true;
      return this.#failed(error instanceof Error ? describe(error) : String(error));
    }
    if (result.status >= 200 && result.status < 300) {
      if (!this.#registered)
        this.#logger.info({ id, service, state: this.#state }, 'registered with the coordinators');
      this.#registered = true;
      this.#mayStand = true;
      this.#backOff.reset();
      return (this.#ttlMs / 3) * (0.9 + this.#rng.next() / 10);
    }
    // The id belongs to somebody else: that entry must not be taken away when this one stops.
    if (result.status === 409) this.#mayStand = false;
    return this.#failed(`status ${result.status}: ${result.text}`);
  }

  #failed(reason: string): number {
    const url = this.#urls.resolve('');
    this.#registered = false;
    this.#urls.rotate();
    const delayMs = this.#backOff.nextDelayMs();
    this.#logger.warn(
      { id: this.#options.id, coordinator: url, reason, retryInMs: Math.round(delayMs) },
      'registration failed',
    );
    return delayMs;
  }

  async #deregister(endsAt: number): Promise<void> {
    for (let attempt = 0; attempt < this.#urls.size; attempt += 1) {
      const leftMs = endsAt - this.#clock.monotonicMs();
      if (leftMs <= 0) return;
      try {
        const { status } = await this.#call('DELETE', Math.min(leftMs, this.#callTimeoutMs));
        if (status < 300 || status === 404) return;
      } catch {
        // The next coordinator is asked; at worst the entry expires.
      }
      this.#urls.rotate();
    }
  }

  #call(method: 'PUT' | 'DELETE', timeoutMs: number, body?: unknown): Promise<CallResult> {
    const url = this.#urls.resolve(`/v1/nodes/${encodeURIComponent(this.#options.id)}`);
    const agent = this.#connection.agentFor(url);
    const { token } = this.#options;
    return callCoordinator({ url, method, token, body, timeoutMs, clock: this.#clock, agent });
  }
}

function describe(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
