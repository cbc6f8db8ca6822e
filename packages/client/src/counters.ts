import type { Answer, Query, Routes } from './routes.ts';
import type { CallOptions } from './transport.ts';

/** Which windows of time to read. */
export type WindowQuery = Query<'GET /v1/counters/{name}/windows'>;

/** How much was counted in each window. */
export type CounterWindows = Answer<'GET /v1/counters/{name}/windows'>;

/** `/v1/counters` */
export class Counters {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /** The value; 0 for a counter nobody incremented. */
  async get(name: string, options?: CallOptions): Promise<number> {
    return (await this.#routes.call('GET /v1/counters/{name}', { path: { name } }, options)).value;
  }

  /** How much was counted lately, by windows of time. */
  windows(name: string, query: WindowQuery, options?: CallOptions): Promise<CounterWindows> {
    return this.#routes.call('GET /v1/counters/{name}/windows', { path: { name }, query }, options);
  }

  /**
   * Adds `by` (default 1, may be negative) and resolves to the sum; a server's right. It is sent once: when the
   * answer is lost, whether it was counted is unknown.
   */
  async add(name: string, by = 1, options?: CallOptions): Promise<number> {
    const parts = { path: { name }, body: { by } };
    return (await this.#routes.call('POST /v1/counters/{name}', parts, options)).value;
  }

  /** Back to 0; a server's right. */
  reset(name: string, options: CallOptions = {}): Promise<void> {
    return this.#routes.call(
      'DELETE /v1/counters/{name}',
      { path: { name } },
      { ...options, repeatable: true },
    );
  }
}
