import type { Clock, Timer } from '@hanok/service-kit';
import { CoordinationError } from '../engine/coordination-error.ts';
import type { RaftNode } from '../raft/node/raft-node.ts';
import type { Election, LeaderView, Leadership } from './election.ts';
import { WaitingCampaigns } from './waiting-campaigns.ts';

/** How long `resign` waits for a successor. */
const resignMs = 2_000;

/** Leadership of the Raft group as an election: the term is the token, the leader's lease the validity. */
export class RaftElection implements Election {
  readonly #node: RaftNode;
  readonly #clock: Clock;
  readonly #campaigns = new WaitingCampaigns();
  #held: HeldLeadership | null = null;

  constructor(node: RaftNode, clock: Clock) {
    this.#node = node;
    this.#clock = clock;
    node.subscribe(() => this.#update());
  }

  view(): LeaderView {
    const { leaderId, term } = this.#node.view;
    return { leaderId, term };
  }

  campaign(signal?: AbortSignal): Promise<Leadership> {
    this.#update();
    if (this.#held !== null) return Promise.resolve(this.#held);
    return this.#campaigns.wait(signal);
  }

  observe(listener: (view: LeaderView) => void): () => void {
    let last: LeaderView | null = null;
    const tell = (): void => {
      const view = this.view();
      if (last?.leaderId === view.leaderId && last.term === view.term) return;
      last = view;
      listener(view);
    };
    tell();
    return this.#node.subscribe(tell);
  }

  async resign(): Promise<void> {
    const { serving, term } = this.#node.view;
    if (!serving) return;
    this.#node.transferLeadership();
    const over = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(resignMs, over.resolve);
    const unsubscribe = this.#node.subscribe((view) => {
      if (!view.serving || view.term !== term) over.resolve();
    });
    // Still held: there was nobody to hand it to.
    if (this.#node.holdsLease()) over.resolve();
    await over.promise;
    timer.cancel();
    unsubscribe();
  }

  #update(): void {
    const { serving, term } = this.#node.view;
    if (this.#held !== null && !(serving && this.#held.token === term)) {
      this.#held.end();
      this.#held = null;
    }
    if (this.#held !== null || !serving || !this.#node.holdsLease()) return;
    const held = new HeldLeadership(this.#node, this.#clock, term, () => {
      if (this.#held === held) this.#held = null;
    });
    this.#held = held;
    this.#campaigns.settle(held);
  }
}

class HeldLeadership implements Leadership {
  readonly token: number;
  readonly #node: RaftNode;
  readonly #clock: Clock;
  readonly #controller = new AbortController();
  readonly #onEnd: () => void;
  #timer: Timer | null = null;

  constructor(node: RaftNode, clock: Clock, token: number, onEnd: () => void) {
    this.#node = node;
    this.#clock = clock;
    this.token = token;
    this.#onEnd = onEnd;
    this.#watch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  isValid(): boolean {
    return this.remainingMs() > 0;
  }

  remainingMs(): number {
    const { serving, term } = this.#node.view;
    if (this.signal.aborted || !serving || term !== this.token) return 0;
    return Math.max(0, this.#node.leaseUntil() - this.#clock.monotonicMs());
  }

  assertValid(): void {
    if (!this.isValid()) throw new CoordinationError('not-leader', `leadership ${this.token} is over`);
  }

  end(): void {
    this.#timer?.cancel();
    if (this.signal.aborted) return;
    this.#controller.abort(new CoordinationError('not-leader', `leadership ${this.token} is over`));
    this.#onEnd();
  }

  /** Looks again when the lease would run out; heartbeats will mostly have prolonged it. */
  #watch(): void {
    const leftMs = this.#node.leaseUntil() - this.#clock.monotonicMs();
    if (!(leftMs > 0)) return this.end();
    this.#timer = this.#clock.setTimer(Math.ceil(leftMs), () => this.#watch());
  }
}
