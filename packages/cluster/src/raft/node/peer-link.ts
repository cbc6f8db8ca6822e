import type { Clock, Rng, Timer } from '@hanok/service-kit';
import { dialStream } from '../../wire/dial-stream.ts';
import type { DialOptions } from '../../wire/dial-stream.ts';
import type { SecureStream } from '../../wire/secure-stream.ts';
import { encodeClusterMessage } from './cluster-message.ts';
import type { ClusterMessage } from './cluster-message.ts';

export type PeerAddress = Pick<DialOptions, 'host' | 'port'>;

export interface PeerLinkOptions {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly dial: Omit<DialOptions, 'channel' | 'clock' | 'host' | 'port'>;
  /** Where the peer may be: tried in turn until one answers. */
  readonly addresses: readonly [PeerAddress, ...PeerAddress[]];
  /** First message on every new connection. */
  readonly hello: ClusterMessage;
  /** Told when the link comes up or breaks, with what broke it. */
  readonly onChange: (connected: boolean, error: Error | null) => void;
}

const firstRetryMs = 50;
const lastRetryMs = 1_000;
/** A peer that takes nothing for so long is as good as gone: a new connection may do better. */
const stalledAfterMs = 5_000;

/**
 * Sends to one peer over a connection it keeps up. What cannot be sent at once is dropped: the protocols above repeat
 * what matters, and a queue of old messages would only delay the news.
 */
export class PeerLink {
  readonly #options: PeerLinkOptions;
  #stream: SecureStream | null = null;
  #retry: Timer | null = null;
  #retryMs = firstRetryMs;
  #failures = 0;
  #stalledSince: number | null = null;
  #closed = false;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#stream !== null;
  }

  start(): void {
    void this.#dial();
  }

  /** @returns false when it was dropped. */
  send(message: ClusterMessage): boolean {
    const stream = this.#stream;
    if (stream === null) return false;
    this.#watchForStall(stream);
    return stream.send(encodeClusterMessage(message));
  }

  close(): void {
    this.#closed = true;
    this.#retry?.cancel();
    this.#stream?.end();
    this.#stream = null;
  }

  async #dial(): Promise<void> {
    const { dial, addresses, clock, hello } = this.#options;
    const address = addresses[this.#failures % addresses.length] ?? addresses[0];
    try {
      const stream = await dialStream(
        { ...dial, ...address, clock, channel: 'raft' },
        { onFrame: () => undefined, onClose: (error) => this.#lost(error) },
      );
      if (this.#closed) {
        stream.destroy();
        return;
      }
      this.#stream = stream;
      this.#retryMs = firstRetryMs;
      this.#stalledSince = null;
      stream.send(encodeClusterMessage(hello));
      this.#options.onChange(true, null);
    } catch (error) {
      this.#retryLater();
      this.#options.onChange(
        false,
        error instanceof Error ? error : new Error('cannot connect', { cause: error }),
      );
    }
  }

  #lost(error: Error | null): void {
    if (this.#stream === null) return;
    this.#stream = null;
    this.#retryLater();
    this.#options.onChange(false, error);
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#failures += 1;
    const { clock, rng } = this.#options;
    this.#retry = clock.setTimer(this.#retryMs * (0.5 + rng.next()), () => void this.#dial());
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
  }

  #watchForStall(stream: SecureStream): void {
    const now = this.#options.clock.monotonicMs();
    if (stream.waitingBytes === 0) this.#stalledSince = null;
    else if (this.#stalledSince === null) this.#stalledSince = now;
    else if (now - this.#stalledSince > stalledAfterMs) {
      stream.destroy(new Error(`the peer took nothing for ${stalledAfterMs} ms`));
    }
  }
}
