import { systemRng, type Clock, type Rng, type Timer } from '@hanok/service-kit';
import { WebSocket } from 'ws';
import { SignalListeners, type SignalListener, type SignalSubscription } from '../store/signals.ts';
import { maxKeysInRequest, parseSignal, signalProtocol } from './signal-wire.ts';

export interface RemoteSignalsOptions {
  /** Of the cache-services: the next one is tried when a link breaks. */
  readonly urls: readonly [URL, ...URL[]];
  readonly token: string | undefined;
  readonly clock: Clock;
  readonly rng?: Rng;
}

const firstRetryMs = 20;
const lastRetryMs = 400;
/** How often the link is tried; a broken one is found out within twice this. */
const pingEveryMs = 1_000;

/**
 * The signals of a cache-service, or of several, over one WebSocket, which is made for the first subscription. What is
 * signalled while it is broken is lost; so everyone is signalled when it is back, as on Redis.
 */
export class RemoteSignals {
  readonly #options: RemoteSignalsOptions;
  readonly #listeners = new SignalListeners();
  #socket: WebSocket | undefined;
  #retries = 0;
  #turn = 0;
  #timer: Timer | undefined;
  #closed = false;

  constructor(options: RemoteSignalsOptions) {
    this.#options = options;
  }

  subscribe(key: string, listener: SignalListener): SignalSubscription {
    if (this.#listeners.add(key, listener)) this.#ask({ listen: [key] });
    if (this.#socket === undefined && this.#timer === undefined && !this.#closed) this.#connect();
    return {
      close: () => {
        if (this.#listeners.remove(key, listener)) this.#ask({ leave: [key] });
      },
    };
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#socket?.terminate();
  }

  #connect(): void {
    const { urls, token } = this.#options;
    const { href } = urls[this.#turn % urls.length] ?? urls[0];
    this.#turn += 1;
    const socket = new WebSocket(new URL('/v1/store/signals', href.replace(/^http/, 'ws')), signalProtocol, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      handshakeTimeout: 2 * pingEveryMs,
    });
    this.#socket = socket;
    socket.on('open', () => this.#begin(socket));
    socket.on('message', (data) => {
      const signal = parseSignal(data);
      if (signal !== undefined) this.#listeners.signal(signal.key, signal.payload);
    });
    // The close that follows is what counts.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#retry());
  }

  #begin(socket: WebSocket): void {
    this.#retries = 0;
    const { keys } = this.#listeners;
    // The answer to each is a signal, for what was missed.
    for (let from = 0; from < keys.length; from += maxKeysInRequest) {
      this.#ask({ listen: keys.slice(from, from + maxKeysInRequest) });
    }
    let isAlive = true;
    socket.on('pong', () => {
      isAlive = true;
    });
    const ping = (): void => {
      this.#timer = this.#options.clock.setTimer(pingEveryMs, () => {
        if (!isAlive) {
          socket.terminate();
          return;
        }
        isAlive = false;
        socket.ping();
        ping();
      });
    };
    ping();
  }

  #retry(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#socket = undefined;
    if (this.#closed || this.#listeners.keys.length === 0) return;
    const { clock, rng = systemRng } = this.#options;
    const delayMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(this.#retries, 10));
    this.#retries += 1;
    this.#timer = clock.setTimer(delayMs * (0.5 + rng.next() / 2), () => {
      this.#timer = undefined;
      this.#connect();
    });
  }

  #ask(request: { listen: readonly string[] } | { leave: readonly string[] }): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }
}
