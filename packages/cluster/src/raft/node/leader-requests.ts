import type { Clock } from '@hanok/service-kit';
import { CoordinationError } from '../../engine/coordination-error.ts';
import type { CoordinationErrorCode } from '../../engine/coordination-error.ts';
import type { PeerRequests } from './peer-requests.ts';
import type { RaftNode } from './raft-node.ts';

const topic = 'leader';
/** Pause before asking again while there is no leader that can answer. */
const retryMs = 25;
/** A leader that does not answer for so long may have died: look for the next one. */
const attemptMs = 1_500;
/** Asking again would not help, or make it worse. */
const finalCodes: ReadonlySet<CoordinationErrorCode> = new Set([
  'bad-request',
  'conflict',
  'not-found',
  'overloaded',
]);
/** Requests waiting for a leader; more are refused. */
const maxWaiting = 4_096;

/**
 * Takes requests to whoever leads: to the own handler when this node does, else over the network. Waits out an
 * election, so that a change of leader is a delay and not an error. Because an answer may be lost after the request
 * was carried out, a request may come to a leader twice: whoever carries it out must know it again.
 */
export class LeaderRequests {
  readonly #node: RaftNode;
  readonly #peers: PeerRequests;
  readonly #clock: Clock;
  readonly #handle: (payload: string) => Promise<string>;
  #waiting = 0;

  /** @param handle carries out a request on the leader. */
  constructor(
    node: RaftNode,
    peers: PeerRequests,
    clock: Clock,
    handle: (payload: string) => Promise<string>,
  ) {
    this.#node = node;
    this.#peers = peers;
    this.#clock = clock;
    this.#handle = handle;
    peers.handle(topic, (_from, payload) => this.#serve(payload));
  }

  /**
   * Has the leader carry out a request.
   *
   * @throws CoordinationError `no-leader` or `outcome-unknown` after `timeoutMs`; `overloaded`; `stopped`;
   * `bad-request` as the leader says.
   */
  async ask(payload: string, timeoutMs: number): Promise<string> {
    if (this.#waiting >= maxWaiting)
      throw new CoordinationError('overloaded', 'too many requests wait for a leader');
    this.#waiting += 1;
    try {
      return await this.#askUntil(payload, this.#clock.monotonicMs() + timeoutMs);
    } finally {
      this.#waiting -= 1;
    }
  }

  async #askUntil(payload: string, deadline: number): Promise<string> {
    let unknown: CoordinationError | null = null;
    for (;;) {
      const leftMs = deadline - this.#clock.monotonicMs();
      try {
        return await this.#attempt(payload, Math.max(1, Math.min(leftMs, attemptMs)));
      } catch (error) {
        if (!(error instanceof CoordinationError)) throw error;
        if (finalCodes.has(error.code) || this.#node.isStopped) throw error;
        // Once an attempt may have been carried out, "nothing was done" would no longer be true.
        if (error.code === 'outcome-unknown') unknown = error;
        if (deadline - this.#clock.monotonicMs() <= retryMs) {
          throw (
            unknown ?? new CoordinationError('no-leader', 'no leader: a majority of the coordinators is away')
          );
        }
        await this.#clock.sleep(retryMs);
      }
    }
  }

  async #attempt(payload: string, timeoutMs: number): Promise<string> {
    const { leaderId } = this.#node.view;
    if (leaderId === null) throw new CoordinationError('no-leader', 'no leader is known');
    if (leaderId !== this.#node.id) return this.#peers.request(leaderId, topic, payload, timeoutMs);
    return withTimeout(this.#serve(payload), timeoutMs, this.#clock);
  }

  async #serve(payload: string): Promise<string> {
    if (!this.#node.view.serving || !this.#node.holdsLease()) {
      throw new CoordinationError('not-leader', 'this coordinator does not lead');
    }
    return this.#handle(payload);
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, clock: Clock): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = clock.setTimer(timeoutMs, () => {
    late.reject(new CoordinationError('outcome-unknown', `not committed within ${timeoutMs} ms`));
  });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.cancel();
  }
}
