import { eachItem, type Page, type PageQuery } from './page.ts';
import type { Answer, Body, Routes } from './routes.ts';
import type { CallOptions, ChangeOptions } from './transport.ts';

/** What a key is for, what it may do, and until when. */
export type NewApiKey = Body<'POST /v1/api-keys'>;

/** A key just made; the key itself is shown only here. */
export type MadeApiKey = Answer<'POST /v1/api-keys'>;

/** What is known of a key. */
export type ApiKey = Answer<'GET /v1/api-keys'>['items'][number];

/** `/v1/api-keys`; the admin's right. */
export class ApiKeys {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  create(key: NewApiKey, options?: ChangeOptions): Promise<MadeApiKey> {
    return this.#routes.call('POST /v1/api-keys', { body: key }, options);
  }

  list(query: PageQuery = {}, options?: CallOptions): Promise<Page<ApiKey>> {
    return this.#routes.call('GET /v1/api-keys', { query }, options);
  }

  each(query: PageQuery = {}, options: CallOptions = {}): AsyncGenerator<ApiKey, void, undefined> {
    return eachItem(query, options, (part, partOptions) => this.list(part, partOptions));
  }

  /** Makes a key worthless at once. */
  revoke(id: string, options?: ChangeOptions): Promise<void> {
    return this.#routes.call('DELETE /v1/api-keys/{id}', { path: { id } }, options);
  }
}
