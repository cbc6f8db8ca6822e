import type { Page } from './page.ts';
import type { Answer, Body, Query, Routes } from './routes.ts';
import type { CallOptions } from './transport.ts';

/** A message in a channel; ids are strictly increasing in their channel. */
export type ChatMessage = Answer<'POST /v1/chat/{channel}/messages'>;

/** A message to publish; a player leaves `playerId` out, a server names it. */
export type NewMessage = Body<'POST /v1/chat/{channel}/messages'>;

/** Which messages to read: the newest, those just before an id, or those just after one. */
export type ChatQuery = Query<'GET /v1/chat/{channel}/messages'>;

/** `/v1/chat` */
export class Chat {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /**
   * Publishes a message. It is sent once: when the answer is lost (`ConnectionError`, `TimeoutError`), read the
   * channel to learn whether it arrived.
   */
  publish(channel: string, message: NewMessage, options?: CallOptions): Promise<ChatMessage> {
    const parts = { path: { channel }, body: message };
    return this.#routes.call('POST /v1/chat/{channel}/messages', parts, options);
  }

  /** Messages, oldest first. `nextCursor` is the next `after` when reading after an id, else the next `before`. */
  read(channel: string, query: ChatQuery = {}, options?: CallOptions): Promise<Page<ChatMessage>> {
    return this.#routes.call('GET /v1/chat/{channel}/messages', { path: { channel }, query }, options);
  }
}
