import type { Clock, Logger } from '@hanok/service-kit';
import type { Election, Leadership, LeaderView } from '../election/election.ts';
import { WaitingCampaigns } from '../election/waiting-campaigns.ts';
import { Candidacy } from './candidacy.ts';
import type { EtcdGateway } from './etcd-gateway.ts';
import type { EtcdKey } from './etcd-json.ts';
import type { EtcdEvent } from './etcd-mirror.ts';

/** What the election is built on. */
export interface EtcdElectionOptions {
  readonly gateway: EtcdGateway;
  /** Of the candidates' keys. */
  readonly prefix: string;
  readonly nodeId: string;
  /** A leader that is not heard of for so long is replaced; etcd rounds up to seconds, and to 2 at least. */
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** After resigning, and after a failure, others get this long to go first. */
const pauseMs = 1_000;

/**
 * Election by keys in etcd (the recipe of etcd's `concurrency` package): each candidate puts a key under a lease; the
 * one whose key was created first leads; the revision of that creation is the fencing token. A leader trusts its lease
 * for 0.9 of its time from when the last renewal was **sent**, so that it stops before etcd lets another one lead.
 */
export class EtcdElection implements Election {
  readonly #options: EtcdElectionOptions;
  readonly #candidates = new Map<string, EtcdKey>();
  readonly #observers = new Set<() => void>();
  readonly #campaigns = new WaitingCampaigns();
  readonly #stop = new AbortController();
  #lastTerm = 0;
  #candidacy: Candidacy | null = null;
  #loop: Promise<void> | null = null;

  constructor(options: EtcdElectionOptions) {
    this.#options = options;
  }

  view(): LeaderView {
    const first = this.#first();
    return { leaderId: first?.value ?? null, term: first?.createRevision ?? this.#lastTerm };
  }

  campaign(signal?: AbortSignal): Promise<Leadership> {
    const held = this.#candidacy?.leadership ?? null;
    if (held?.isValid() === true) return Promise.resolve(held);
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
    this.#observers.add(tell);
    return () => this.#observers.delete(tell);
  }

  /** Also waits, for a while, until this node's own copy shows that it no longer leads. */
  async resign(): Promise<void> {
    const candidacy = this.#candidacy;
    if (candidacy === null || candidacy.leadership === null) return;
    const over = Promise.withResolvers<void>();
    const timer = this.#options.clock.setTimer(pauseMs, over.resolve);
    await candidacy.withdraw();
    const unobserve = this.observe(({ leaderId }) => {
      if (leaderId !== this.#options.nodeId) over.resolve();
    });
    await over.promise;
    unobserve();
    timer.cancel();
  }

  holdsLeadership(): boolean {
    return this.#candidacy?.leadership?.isValid() ?? false;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#candidacy?.withdraw();
    await this.#loop;
  }

  /** All candidates, when everything was read anew. */
  reset(keys: readonly EtcdKey[]): void {
    this.#candidates.clear();
    for (const key of keys) if (this.#isCandidate(key)) this.#candidates.set(key.key, key);
    this.#changed();
  }

  apply({ type, now }: EtcdEvent): void {
    if (!this.#isCandidate(now)) return;
    if (type === 'put') this.#candidates.set(now.key, now);
    else this.#candidates.delete(now.key);
    this.#changed();
  }

  async #run(): Promise<void> {
    const { clock, logger, ...rest } = this.#options;
    while (!this.#stop.signal.aborted) {
      const candidacy = new Candidacy({ ...rest, clock, onChange: () => this.#changed() });
      this.#candidacy = candidacy;
      try {
        await candidacy.stand();
      } catch (error) {
        logger.warn({ err: error }, 'cannot stand for election in etcd');
      }
      this.#candidacy = null;
      await clock.sleep(pauseMs, this.#stop.signal).catch(() => undefined);
    }
  }

  #changed(): void {
    const first = this.#first();
    this.#lastTerm = Math.max(this.#lastTerm, first?.createRevision ?? 0);
    const leadership = this.#candidacy?.update(this.#candidates, first) ?? null;
    if (leadership !== null) this.#campaigns.settle(leadership);
    for (const tell of this.#observers) tell();
  }

  #first(): EtcdKey | null {
    let first: EtcdKey | null = null;
    for (const key of this.#candidates.values()) {
      if (first === null || key.createRevision < first.createRevision) first = key;
    }
    return first;
  }

  #isCandidate({ key }: EtcdKey): boolean {
    return key.startsWith(this.#options.prefix);
  }
}
