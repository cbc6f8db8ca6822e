import type { Answer, Body, Routes } from './routes.ts';
import type { ChangeOptions } from './transport.ts';

/** Up to 100 operations, each of one kind. */
export type BatchOperations = Body<'POST /v1/batch'>['operations'];

/** What became of an operation; `ok` tells which. */
export type BatchResult = Answer<'POST /v1/batch'>['results'][number];

/** `/v1/batch`; a server's right. */
export class Batch {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /** All or nothing: rejects with the first refusal, which names its operation. */
  async all(operations: BatchOperations, options?: ChangeOptions): Promise<readonly BatchResult[]> {
    const body = { atomic: true, operations };
    return (await this.#routes.call('POST /v1/batch', { body }, options)).results;
  }

  /** Each for itself: resolves to a result for each, in their order. */
  async each(operations: BatchOperations, options?: ChangeOptions): Promise<readonly BatchResult[]> {
    const body = { atomic: false, operations };
    return (await this.#routes.call('POST /v1/batch', { body }, options)).results;
  }
}
