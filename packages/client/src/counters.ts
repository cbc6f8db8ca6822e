import { path } from './path.ts';
import type { CallOptions, Transport } from './transport.ts';

/** `/v1/counters` */
export class Counters {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The value; 0 for a counter nobody incremented. */
  async get(name: string, options?: CallOptions): Promise<number> {
    const { value } = await this.#transport.read<Counter>({ path: path`/v1/counters/${name}` }, options);
    return value;
  }

  /**
   * Adds `by` (default 1, may be negative) and resolves to the sum; a server's right. It is sent once: when the
   * answer is lost, whether it was counted is unknown.
   */
  async add(name: string, by = 1, options?: CallOptions): Promise<number> {
    const call = { method: 'POST', path: path`/v1/counters/${name}`, body: { by } } as const;
    return (await this.#transport.once<Counter>(call, options)).value;
  }

  /** Back to 0; a server's right. */
  reset(name: string, options?: CallOptions): Promise<void> {
    return this.#transport.repeat({ method: 'DELETE', path: path`/v1/counters/${name}` }, options);
  }
}

interface Counter {
  readonly name: string;
  readonly value: number;
}
