import type { Page } from './page.ts';
import { path } from './path.ts';
import type { CallOptions, Transport } from './transport.ts';

/** A message in a channel. */
export interface ChatMessage {
  /** Strictly increasing in its channel. */
  readonly id: string;
  readonly channel: string;
  readonly playerId: string;
  readonly text: string;
  /** ISO 8601, UTC. */
  readonly sentAt: string;
}

/** A message to publish; a player leaves `playerId` out, a server names it. */
export interface NewMessage {
  readonly playerId?: string;
  /** 1 to 500 characters. */
  readonly text: string;
}

/** Which messages to read: the newest, those just before an id, or those just after one. */
export interface ChatQuery {
  /** 1 to 100. Default 50. */
  readonly limit?: number;
  readonly before?: string;
  readonly after?: string;
}

/** `/v1/chat` */
export class Chat {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Publishes a message. It is sent once: when the answer is lost (`ConnectionError`, `TimeoutError`), read the
   * channel to learn whether it arrived.
   */
  publish(channel: string, message: NewMessage, options?: CallOptions): Promise<ChatMessage> {
    return this.#transport.once(
      { method: 'POST', path: path`/v1/chat/${channel}/messages`, body: message },
      options,
    );
  }

  /** Messages, oldest first. `nextCursor` is the next `after` when reading after an id, else the next `before`. */
  read(channel: string, query: ChatQuery = {}, options?: CallOptions): Promise<Page<ChatMessage>> {
    return this.#transport.read({ path: path`/v1/chat/${channel}/messages`, query: { ...query } }, options);
  }
}
