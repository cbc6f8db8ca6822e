import type { EtcdGateway } from './etcd-gateway.ts';
import { encodeText, revisionOf } from './etcd-json.ts';

/**
 * Marks written to etcd for consistent reads: every write that was acknowledged before the mark has a lower revision,
 * so a copy that shows the mark shows all of them. Etcd's own linearizable read would tell the revision without a
 * write, but not whether the copy has yet to hear of a deletion below it.
 *
 * Callers that come while a mark is being written share the next one.
 */
export class SyncMarks {
  readonly #gateway: EtcdGateway;
  readonly #key: string;
  #writing: Promise<number> | null = null;
  #next: Promise<number> | null = null;

  /** @param key of this coordinator alone, below the prefix that is copied. */
  constructor(gateway: EtcdGateway, key: string) {
    this.#gateway = gateway;
    this.#key = key;
  }

  /** @returns the revision of a mark written after this call. @throws EtcdError */
  write(timeoutMs: number): Promise<number> {
    this.#next ??= this.#writeNext(timeoutMs);
    return this.#next;
  }

  async #writeNext(timeoutMs: number): Promise<number> {
    await this.#writing?.catch(() => undefined);
    this.#next = null;
    this.#writing = this.#gateway
      .call('/kv/put', { key: encodeText(this.#key), value: '' }, timeoutMs)
      .then(revisionOf);
    return this.#writing;
  }
}
