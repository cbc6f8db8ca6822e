import type { Clock, Logger, Timer } from '@hanok/service-kit';
import { CoordinationError } from '../../engine/coordination-error.ts';
import type { CoordinationErrorCode } from '../../engine/coordination-error.ts';
import type { NodeId } from '../raft-types.ts';
import type { ClusterMessage } from './cluster-message.ts';
import type { RaftTransport } from './raft-transport.ts';

/** Answers a peer's request. What it throws travels back as an error. */
export type RequestHandler = (from: NodeId, payload: string) => Promise<string>;

type Request = Extract<ClusterMessage, { kind: 'request' }>;

interface Pending {
  readonly to: NodeId;
  readonly resolve: (payload: string) => void;
  readonly reject: (error: CoordinationError) => void;
  readonly timer: Timer;
}

/** Requests waiting for an answer; more are refused. */
const maxPending = 4_096;

/** Questions and answers between coordinators, over the same connections as Raft. */
export class PeerRequests {
  readonly #transport: RaftTransport;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pending = new Map<number, Pending>();
  readonly #handlers = new Map<string, RequestHandler>();
  #lastId = 0;

  constructor(transport: RaftTransport, clock: Clock, logger: Logger) {
    this.#transport = transport;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** From now on this answers the peers' requests on a topic. */
  handle(topic: string, handler: RequestHandler): void {
    this.#handlers.set(topic, handler);
  }

  /**
   * Asks a peer.
   *
   * @throws CoordinationError `no-leader` when it could not be sent, `outcome-unknown` when no answer came in time,
   * else what the peer answered.
   */
  request(to: NodeId, topic: string, payload: string, timeoutMs: number): Promise<string> {
    if (this.#pending.size >= maxPending) {
      return Promise.reject(new CoordinationError('overloaded', 'too many requests wait for an answer'));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    if (!this.#transport.send(to, { kind: 'request', id, topic, payload })) {
      return Promise.reject(new CoordinationError('no-leader', `${to} cannot be reached`));
    }
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(timeoutMs, () => {
        this.#pending.delete(id);
        reject(new CoordinationError('outcome-unknown', `${to} did not answer within ${timeoutMs} ms`));
      });
      this.#pending.set(id, { to, resolve, reject, timer });
    });
  }

  /** Takes what came from a peer that is neither Raft's nor a greeting. */
  receive(from: NodeId, message: ClusterMessage): void {
    if (message.kind === 'request') void this.#answer(from, message);
    else if (message.kind === 'response') this.#settle(from, message);
  }

  /** The connection to a peer broke: answers that were under way will not come. */
  abandon(to: NodeId): void {
    for (const [id, pending] of this.#pending) {
      if (pending.to !== to) continue;
      this.#pending.delete(id);
      pending.timer.cancel();
      pending.reject(new CoordinationError('outcome-unknown', `${to} went away before it answered`));
    }
  }

  /** Gives up all that is waiting. */
  close(): void {
    for (const { reject, timer } of this.#pending.values()) {
      timer.cancel();
      reject(new CoordinationError('stopped', 'this coordinator is stopping'));
    }
    this.#pending.clear();
  }

  async #answer(from: NodeId, { id, topic, payload }: Request): Promise<void> {
    try {
      const handler = this.#handlers.get(topic);
      if (handler === undefined) throw new CoordinationError('bad-request', `unknown topic ${topic}`);
      const answer = await handler(from, payload);
      this.#transport.send(from, { kind: 'response', id, ok: true, payload: answer });
    } catch (error) {
      const known = error instanceof CoordinationError;
      if (!known) this.#logger.error({ err: error, from }, "a peer's request failed");
      const code: CoordinationErrorCode = known ? error.code : 'outcome-unknown';
      const text = known ? error.message : `${from} failed`;
      this.#transport.send(from, { kind: 'response', id, ok: false, payload: JSON.stringify([code, text]) });
    }
  }

  #settle(from: NodeId, { id, ok, payload }: Extract<ClusterMessage, { kind: 'response' }>): void {
    const pending = this.#pending.get(id);
    // A late answer to a request given up, or one in the name of another peer.
    if (pending === undefined || pending.to !== from) return;
    this.#pending.delete(id);
    pending.timer.cancel();
    if (ok) pending.resolve(payload);
    else pending.reject(errorFrom(payload));
  }
}

const codes: readonly CoordinationErrorCode[] = [
  'no-leader',
  'overloaded',
  'outcome-unknown',
  'not-leader',
  'stopped',
  'conflict',
  'not-found',
  'bad-request',
];

function errorFrom(payload: string): CoordinationError {
  try {
    const [code, text] = JSON.parse(payload) as [unknown, unknown];
    const known = codes.find((each) => each === code) ?? 'outcome-unknown';
    return new CoordinationError(known, String(text));
  } catch (cause) {
    return new CoordinationError('outcome-unknown', 'the peer answered with something unreadable', { cause });
  }
}
