import { Problem, type HanokServer } from '@hanok/service-kit';
import type { RawData, WebSocket } from 'ws';
import { maxListenedKeys, parseSignalRequest, signalText } from '../remote/signal-wire.ts';
import type { CacheStore } from '../store/cache-store.ts';
import type { SignalSubscription } from '../store/signals.ts';
import { serviceOnly } from './caller.ts';
import { endReasons, endWithServer, maxUnreadBytes, type LiveStream } from './live-stream.ts';
import { WebSocketUpgrades } from './web-socket-upgrades.ts';

/** Mounts `/v1/store/signals`: the signals of the store, over one WebSocket for each `HttpStore`. */
export function signalRoutes(server: HanokServer, { store }: { readonly store: CacheStore }): void {
  const upgrades = WebSocketUpgrades.of(server);
  const links = endWithServer(server);
  server.get(
    '/v1/store/signals',
    {
      onRequest: async (request) => {
        await serviceOnly(request);
      },
      schema: {
        tags: ['store'],
        security: [{ bearer: [] }],
        summary: 'Signals of keys over a WebSocket; used by the HTTP store',
      },
    },
    async (request, reply) => {
      if (!upgrades.isUpgrade(request)) throw upgradeRequired();
      let link: SignalLink | undefined;
      upgrades.accept(request, reply, {
        onOpen(socket) {
          link = new SignalLink(store, socket);
          links.add(link);
        },
        onClosed() {
          if (link === undefined) return;
          link.leaveAll();
          links.delete(link);
        },
      });
    },
  );
}

function upgradeRequired(): Problem {
  const headers = { upgrade: 'websocket', connection: 'upgrade' };
  return new Problem(426, 'upgrade_required', 'A WebSocket is needed here', { headers });
}

/** What one other process listens to. */
class SignalLink implements LiveStream {
  readonly #store: CacheStore;
  readonly #socket: WebSocket;
  readonly #subscriptions = new Map<string, SignalSubscription>();

  constructor(store: CacheStore, socket: WebSocket) {
    this.#store = store;
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#obey(data));
  }

  end(): void {
    const { closeCode, detail } = endReasons.stopping;
    this.#socket.close(closeCode, detail);
    this.leaveAll();
  }

  leaveAll(): void {
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
  }

  #obey(data: RawData): void {
    const request = parseSignalRequest(data);
    if (request === undefined || this.#subscriptions.size + request.listen.length > maxListenedKeys) {
      this.#socket.close(1_008, 'a request to listen that cannot be granted');
      return;
    }
    for (const key of request.leave) {
      this.#subscriptions.get(key)?.close();
      this.#subscriptions.delete(key);
    }
    for (const key of request.listen) this.#listen(key);
  }

  #listen(key: string): void {
    if (!this.#subscriptions.has(key)) {
      const listener = (payload?: string): void => this.#tell(key, payload);
      this.#subscriptions.set(key, this.#store.subscribe(key, listener));
    }
    // What was signalled before: whoever listens looks for himself.
    this.#tell(key, undefined);
  }

  #tell(key: string, payload: string | undefined): void {
    this.#socket.send(signalText(key, payload));
    if (this.#socket.bufferedAmount <= maxUnreadBytes) return;
    // It connects again, and is told that it may have missed something.
    this.leaveAll();
    this.#socket.terminate();
  }
}
