import type { Clock } from '@hanok/service-kit';
import type { LeaderRequests } from '../raft/node/leader-requests.ts';
import { CoordinationError } from '../engine/coordination-error.ts';
import { checkBroadcast, checkRegistration } from './check-request.ts';
import { OpenCalls } from './open-calls.ts';
import type { RegistryRequest } from './registry-leader.ts';
import type { RegistryState, RegistryWatcher } from './registry-state.ts';
import type {
  Broadcast,
  CallId,
  Registration,
  RegistryChange,
  RegistryNode,
  RegistryResult,
} from './registry-types.ts';

/** What `list` may be narrowed by. */
export interface NodeFilter {
  readonly service?: string | undefined;
  readonly state?: Registration['state'] | undefined;
}

/** Default of how long a write may take; long enough to sit out an election. */
const writeTimeoutMs = 4_000;
/** How long a write waits for the own copy to show it. It is done all the same when that takes longer. */
const catchUpMs = 500;

/**
 * The registry as any coordinator offers it. Reads are of the own copy, which may be a little behind, but not behind what
 * was written through the same coordinator, nor behind anything after `sync`; writes go to the leader, wherever it is.
 * Each is carried out once, however often it has to be sent; callers may repeat them without harm.
 */
export class Registry {
  readonly #state: RegistryState;
  readonly #leader: Pick<LeaderRequests, 'ask'>;
  readonly #clock: Clock;
  readonly #calls = new OpenCalls();

  constructor(state: RegistryState, leader: Pick<LeaderRequests, 'ask'>, clock: Clock) {
    this.#state = state;
    this.#leader = leader;
    this.#clock = clock;
  }

  get revision(): number {
    return this.#state.revision;
  }

  get(id: string): RegistryNode | null {
    return this.#state.get(id);
  }

  /** In the order of registration. */
  list({ service, state }: NodeFilter = {}): RegistryNode[] {
    const matches = (node: RegistryNode): boolean =>
      (service === undefined || node.service === service) && (state === undefined || node.state === state);
    return [...this.#state.nodes()].filter(matches);
  }

  /**
   * Registers a service, changes its registration, or renews its lease.
   *
   * @throws CoordinationError `bad-request` naming what is wrong with it, or when no leader could do it in time.
   */
  async register(registration: Registration, timeoutMs = writeTimeoutMs): Promise<RegistryResult> {
    checkRegistration(registration);
    return this.#ask((call) => ({ op: 'put', call, registration }), timeoutMs);
  }

  /** @throws CoordinationError when no leader could do it in time. */
  remove(id: string, timeoutMs = writeTimeoutMs): Promise<RegistryResult> {
    return this.#ask((call) => ({ op: 'remove', call, id }), timeoutMs);
  }

  /** @throws CoordinationError `bad-request` naming what is wrong with it, or when no leader could do it in time. */
  async broadcast(broadcast: Omit<Broadcast, 'at'>, timeoutMs = writeTimeoutMs): Promise<RegistryResult> {
    checkBroadcast(broadcast);
    return this.#ask((call) => ({ op: 'broadcast', call, broadcast }), timeoutMs);
  }

  /**
   * Waits until the reads of this copy show every write that was acknowledged, anywhere, before the call (the read index
   * of the Raft thesis, section 6.4, with the leader's lease in the place of a round of messages). A read made next is
   * then linearizable.
   *
   * @throws CoordinationError `no-leader` when no leader could be asked or the copy did not catch up in time.
   */
  async sync(timeoutMs = writeTimeoutMs): Promise<void> {
    const endsAt = this.#clock.monotonicMs() + timeoutMs;
    const result = await this.#send({ op: 'revision' }, timeoutMs);
    await this.#until(() => this.#shows(result), endsAt - this.#clock.monotonicMs());
    if (this.#shows(result)) return;
    throw new CoordinationError('no-leader', `this copy did not catch up within ${timeoutMs} ms`);
  }

  /** The changes after `revision`, or null when they are not all known any more. */
  changesSince(revision: number): readonly RegistryChange[] | null {
    return this.#state.changesSince(revision);
  }

  /** @returns what ends it. */
  watch(watcher: RegistryWatcher): () => void {
    return this.#state.watch(watcher);
  }

  /** However often it has to be sent, it is carried out once. */
  async #ask(request: (call: CallId) => RegistryRequest, timeoutMs: number): Promise<RegistryResult> {
    const call = this.#calls.begin();
    const result = await this.#send(request(call), timeoutMs).finally(() => this.#calls.end(call));
    await this.#until(() => this.#shows(result), catchUpMs);
    return result;
  }

  async #send(request: RegistryRequest, timeoutMs: number): Promise<RegistryResult> {
    return JSON.parse(await this.#leader.ask(JSON.stringify(request), timeoutMs)) as RegistryResult;
  }

  /** Whether the own copy has come as far as a write that the leader has carried out. */
  #shows(result: RegistryResult): boolean {
    switch (result.outcome) {
      case 'registered':
      case 'updated':
      case 'renewed':
        return this.revision >= result.node.revision;
      case 'removed':
        return (
          this.revision > result.node.revision && this.get(result.node.id)?.revision !== result.node.revision
        );
      case 'broadcast':
      case 'repeated':
      case 'at':
        return this.revision >= result.revision;
      default:
        return true;
    }
  }

  async #until(reached: () => boolean, timeoutMs: number): Promise<void> {
    if (reached() || timeoutMs <= 0) return;
    const over = Promise.withResolvers<void>();
    const look = () => {
      if (reached()) over.resolve();
    };
    const stop = this.#state.watch({ onChange: look, onReset: look });
    const timer = this.#clock.setTimer(timeoutMs, over.resolve);
    try {
      await over.promise;
    } finally {
      stop();
      timer.cancel();
    }
  }
}
