import type { Clock } from '@hanok/service-kit';
import type { Leadership } from '../election/election.ts';
import { EtcdError } from './etcd-error.ts';
import type { EtcdGateway } from './etcd-gateway.ts';
import { encodeText, revisionOf, type EtcdKey } from './etcd-json.ts';
import { grantLease, keepAlive, revokeLease } from './etcd-leases.ts';
import { LeasedLeadership } from './leased-leadership.ts';

/** One stand for election. */
export interface CandidacyOptions {
  readonly gateway: EtcdGateway;
  readonly prefix: string;
  readonly nodeId: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  /** The leadership may have been won or lost. */
  readonly onChange: () => void;
}

/** The part of its time, from the sending of its last renewal, that a lease is trusted for. */
const trusted = 0.9;
const callTimeoutMs = 2_000;

/** One key in the queue of candidates, from the granting of its lease until it is gone. */
export class Candidacy {
  readonly #options: CandidacyOptions;
  readonly #over = new AbortController();
  #key: string | null = null;
  #leaseId: string | null = null;
  #token = 0;
  #deadline = 0;
  #isSeen = false;
  #leadership: LeasedLeadership | null = null;

  constructor(options: CandidacyOptions) {
    this.#options = options;
  }

  /** Held right now; null while another leads. */
  get leadership(): Leadership | null {
    return this.#leadership;
  }

  /** Puts the key and renews its lease, until the lease is lost or this is withdrawn. @throws EtcdError */
  async stand(): Promise<void> {
    const { gateway, prefix, nodeId, ttlMs, clock } = this.#options;
    try {
      const sentAt = clock.monotonicMs();
      const lease = await grantLease(gateway, ttlMs, callTimeoutMs);
      this.#leaseId = lease.id;
      this.#deadline = sentAt + lease.ttlMs * trusted;
      const key = `${prefix}${lease.id}`;
      const value = { key: encodeText(key), value: encodeText(nodeId), lease: lease.id };
      const compare = { key: encodeText(key), target: 'CREATE', result: 'EQUAL', create_revision: '0' };
      const answer = await gateway.call(
        '/kv/txn',
        { compare: [compare], success: [{ request_put: value }] },
        callTimeoutMs,
      );
      // Refused: an earlier attempt of this very request got through, and its answer was lost. Start over.
      if (answer['succeeded'] !== true) throw new EtcdError('the candidate is there already', null);
      this.#token = revisionOf(answer);
      this.#key = key;
      this.#options.onChange();
      await this.#renew(lease.id, lease.ttlMs);
    } finally {
      await this.withdraw();
    }
  }

  /** Looks at the queue anew. @returns the leadership when it has just been won. */
  update(candidates: ReadonlyMap<string, EtcdKey>, first: EtcdKey | null): Leadership | null {
    if (this.#key === null) return null;
    if (candidates.has(this.#key)) this.#isSeen = true;
    else if (this.#isSeen) this.#end();
    if (first?.key !== this.#key || this.#leadership !== null || this.#over.signal.aborted) return null;
    if (this.#options.clock.monotonicMs() >= this.#deadline) return null;
    this.#leadership = new LeasedLeadership(
      this.#token,
      this.#options.clock,
      () => this.#deadline,
      () => this.#end(),
    );
    return this.#leadership;
  }

  /** Gives up the place and the leadership. Never rejects: what cannot be told to etcd runs out. */
  async withdraw(): Promise<void> {
    this.#end();
    const leaseId = this.#leaseId;
    this.#leaseId = null;
    if (leaseId === null) return;
    await revokeLease(this.#options.gateway, leaseId, callTimeoutMs).catch(() => undefined);
  }

  async #renew(leaseId: string, ttlMs: number): Promise<void> {
    const { gateway, clock } = this.#options;
    const { signal } = this.#over;
    while (!signal.aborted) {
      await clock.sleep(ttlMs / 3, signal).catch(() => undefined);
      if (signal.aborted) return;
      const sentAt = clock.monotonicMs();
      const leftMs = this.#deadline - sentAt;
      if (leftMs <= 0) return;
      const grantedMs = await keepAlive(gateway, leaseId, Math.min(leftMs, callTimeoutMs)).catch(
        () => undefined,
      );
      if (grantedMs === null) return;
      // Counted from the sending: etcd's own time began no earlier.
      if (grantedMs !== undefined) this.#deadline = sentAt + grantedMs * trusted;
    }
  }

  #end(): void {
    this.#over.abort();
    const held = this.#leadership;
    this.#leadership = null;
    held?.end();
  }
}
