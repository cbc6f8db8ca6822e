import type { Clock, Logger, Timer } from '@hanok/service-kit';
import { CoordinationError } from '../engine/coordination-error.ts';
import type { RaftNode } from '../raft/node/raft-node.ts';
import { LeaseTable } from './lease-table.ts';
import { PendingWrites } from './pending-writes.ts';
import { isUnchanged } from './registry-state.ts';
import type { RegistryState } from './registry-state.ts';
import { registryLimits } from './registry-types.ts';
import type { Broadcast, CallId, Registration, RegistryCommand, RegistryResult } from './registry-types.ts';

/** What any coordinator may ask of the leader. */
export type RegistryRequest =
  | { readonly op: 'put'; readonly call: CallId; readonly registration: Registration }
  | { readonly op: 'remove'; readonly call: CallId; readonly id: string }
  | { readonly op: 'broadcast'; readonly call: CallId; readonly broadcast: Omit<Broadcast, 'at'> }
  /** Which revision shows every acknowledged write. */
  | { readonly op: 'revision' };

export interface RegistryLeaderOptions {
  readonly node: RaftNode;
  readonly state: RegistryState;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often leases are looked through while one runs out: a registration may outlive its TTL by so much. */
const sweepMs = 250;
/** Expiries that share one log entry. */
const expireBatch = 256;

/**
 * The leader's part of the registry: it alone decides what has expired, and the decision goes through the log.
 * Renewals that change nothing stay in its memory, so that heartbeats cost neither disk nor network. When leadership
 * moves, every lease starts in full, so that a change of leader expires nobody.
 */
export class RegistryLeader {
  readonly #options: RegistryLeaderOptions;
  readonly #leases = new LeaseTable();
  /** Ids with writes under way: a renewal must then queue behind them instead of looking at the state. */
  readonly #writing = new PendingWrites();
  #leading = false;
  #sweep: Timer | null = null;

  constructor(options: RegistryLeaderOptions) {
    this.#options = options;
    options.node.subscribe(({ serving }) => this.#setLeading(serving));
    options.state.watch({
      onChange: (change) => {
        if (!this.#leading || change.kind !== 'node') return;
        if (change.type === 'registered' || change.type === 'updated') this.#arm(change.node);
        else this.#leases.drop(change.node.id);
      },
      onReset: () => this.#armAll(),
    });
  }

  /** Carries out a request. The caller has made sure that this node holds the lease. */
  async handle(request: RegistryRequest): Promise<RegistryResult> {
    const { state, clock } = this.#options;
    // Writes are acknowledged after they are applied here, and the lease rules out that another leader took any.
    if (request.op === 'revision') return { outcome: 'at', revision: state.revision };
    const { call } = request;
    const before = state.answerTo(call);
    if (before !== null) return before;
    const at = new Date(clock.now()).toISOString();
    switch (request.op) {
      case 'put':
        return this.#put(call, request.registration, at);
      case 'remove':
        return this.#write(request.id, { op: 'remove', call, id: request.id });
      default:
        return this.#propose({ op: 'broadcast', call, broadcast: { ...request.broadcast, at } });
    }
  }

  async #put(call: CallId, registration: Registration, at: string): Promise<RegistryResult> {
    const { id } = registration;
    const known = this.#options.state.get(id);
    if (known !== null && !this.#writing.has(id) && isUnchanged(known, registration)) {
      this.#arm(known);
      return { outcome: 'renewed', node: known };
    }
    const result = await this.#write(id, { op: 'put', call, registration, at });
    if (result.outcome === 'renewed' && this.#leading) this.#arm(result.node);
    return result;
  }

  async #write(id: string, command: RegistryCommand): Promise<RegistryResult> {
    this.#writing.begin([id]);
    try {
      return await this.#propose(command);
    } finally {
      this.#writing.end([id]);
    }
  }

  async #propose(command: RegistryCommand): Promise<RegistryResult> {
    return (await this.#options.node.propose(JSON.stringify(command))) as RegistryResult;
  }

  #setLeading(leading: boolean): void {
    if (leading === this.#leading) return;
    this.#leading = leading;
    this.#sweep?.cancel();
    this.#leases.clear();
    if (!leading) return;
    this.#armAll();
    this.#scheduleSweep();
  }

  #armAll(): void {
    this.#leases.clear();
    if (this.#leading) for (const node of this.#options.state.nodes()) this.#arm(node);
  }

  #arm({ id, ttlMs }: Registration): void {
    this.#leases.arm(id, this.#options.clock.monotonicMs() + ttlMs);
  }

  #scheduleSweep(): void {
    const { clock } = this.#options;
    // Nothing runs out before: neither of what is there, nor of what may come meanwhile.
    const quietMs = Math.min(this.#leases.earliest - clock.monotonicMs(), registryLimits.minTtlMs);
    this.#sweep = clock.setTimer(Math.max(sweepMs, quietMs), () => {
      void this.#expireOverdue().finally(() => {
        if (this.#leading) this.#scheduleSweep();
      });
    });
  }

  async #expireOverdue(): Promise<void> {
    const { state, clock, node, logger } = this.#options;
    const overdue = this.#leases.overdue(clock.monotonicMs(), expireBatch);
    const nodes: (readonly [string, number])[] = [];
    for (const id of overdue) {
      const known = state.get(id);
      if (known === null) this.#leases.drop(id);
      else nodes.push([id, known.revision]);
    }
    if (nodes.length === 0 || !node.holdsLease()) return;
    const ids = nodes.map(([id]) => id);
    // Writes to these ids queue behind the expiry, so that none is taken for a renewal of what is about to go.
    this.#writing.begin(ids);
    try {
      await this.#propose({ op: 'expire', nodes });
      logger.info({ ids }, 'registrations expired');
    } catch (error) {
      // Whoever leads next decides anew.
      if (!(error instanceof CoordinationError)) throw error;
    } finally {
      this.#writing.end(ids);
    }
  }
}
