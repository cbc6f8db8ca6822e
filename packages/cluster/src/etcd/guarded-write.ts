import { randomBytes } from 'node:crypto';
import { EtcdError } from './etcd-error.ts';
import type { EtcdGateway } from './etcd-gateway.ts';
import { childOf, childrenOf, encodeText, keyOf, revisionOf } from './etcd-json.ts';
import { decodeNode } from './registry-records.ts';

/**
 * One write to one key, done once at most: the gateway sends it again when an answer is lost, so that a refusal may mean
 * that it was done before, and changed by another since. The id in the record tells.
 */
export class GuardedWrite {
  /** To be put into the record. */
  readonly id = randomBytes(9).toString('base64url');
  readonly #gateway: EtcdGateway;
  readonly #key: string;

  constructor(gateway: EtcdGateway, key: string) {
    this.#gateway = gateway;
    this.#key = key;
  }

  /**
   * Puts the value if the key was last changed at this revision (0: if it is not there).
   *
   * @returns the revision of the write; null when it was refused and not done.
   * @throws EtcdError, with a null `grpcCode` when it cannot be told whether it was done.
   */
  async put(atRevision: number, value: string, lease: string, timeoutMs: number): Promise<number | null> {
    const key = encodeText(this.#key);
    const compare = { key, target: 'MOD', result: 'EQUAL', mod_revision: String(atRevision) };
    let isUnclear = false;
    const answer = await this.#gateway.call(
      '/kv/txn',
      {
        compare: [compare],
        success: [{ request_put: { key, value: encodeText(value), lease } }],
        failure: [{ request_range: { key } }],
      },
      timeoutMs,
      () => (isUnclear = true),
    );
    if (answer['succeeded'] === true) return revisionOf(answer);
    const [response] = childrenOf(answer, 'responses');
    const [found] = response === undefined ? [] : childrenOf(childOf(response, 'response_range'), 'kvs');
    const now = found === undefined ? null : decodeNode(keyOf(found));
    if (now?.writeId === this.id) return now.node.revision;
    if (isUnclear) throw new EtcdError('an answer was lost, and the key has been changed since', null);
    return null;
  }
}
