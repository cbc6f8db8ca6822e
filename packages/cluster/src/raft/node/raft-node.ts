import { systemClock } from '@hanok/service-kit';
import type { Clock, Logger, Timer } from '@hanok/service-kit';
import { CoordinationError } from '../../engine/coordination-error.ts';
import { electionIn } from '../election-note.ts';
import { leaseUntil } from '../lease.ts';
import { createRaftState } from '../raft-state.ts';
import type { RaftState } from '../raft-state.ts';
import type {
  Configuration,
  Effects,
  Entry,
  Envelope,
  VoterChange,
  NodeId,
  RaftConfig,
  RaftEvent,
} from '../raft-types.ts';
import { nextWakeAt, step } from '../step.ts';
import type { RaftStorage } from '../storage/raft-storage.ts';
import type { ClusterMessage } from './cluster-message.ts';
import { LeadershipWatch } from './leadership-watch.ts';
import type { LeadershipView } from './leadership-watch.ts';
import { PersistQueue } from './persist-queue.ts';
import { proposeChange } from './propose-change.ts';
import { ProposalQueue } from './proposal-queue.ts';
import { raftStatus } from './raft-status.ts';
import type { ElectionStatus, RaftStatus } from './raft-status.ts';
import type { RaftTransport } from './raft-transport.ts';
import type { StateMachine } from './state-machine.ts';

export interface RaftNodeOptions {
  readonly config: RaftConfig;
  readonly storage: RaftStorage;
  readonly transport: RaftTransport;
  readonly stateMachine: StateMachine;
  readonly logger: Logger;
  readonly clock?: Clock | undefined;
  /** The disk failed: the node has stopped, and the process should end. */
  readonly onFatal: (error: unknown) => void;
  /** What peers ask of this node. Without it their requests go unanswered. */
  readonly onPeerMessage?: ((from: NodeId, message: ClusterMessage) => void) | undefined;
  readonly onPeerLost?: ((to: NodeId) => void) | undefined;
  /** Entries in the log that start a compaction. Default 10,000. */
  readonly compactAfterEntries?: number | undefined;
  /** Entries kept behind a compaction, so that a voter a little behind needs no snapshot. Default 1,000. */
  readonly keepEntries?: number | undefined;
}

/**
 * Runs the pure core: feeds it time, messages and proposals, and carries out its effects on the disk, the network and
 * the state machine, in the order it asks for.
 */
export class RaftNode {
  readonly #options: RaftNodeOptions;
  readonly #clock: Clock;
  readonly #state: RaftState;
  readonly #disk: PersistQueue;
  readonly #proposals: ProposalQueue;
  readonly #leadership = new LeadershipWatch();
  #members: Configuration = [];
  #lastElection: ElectionStatus | null = null;
  #timer: Timer | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #compacting = false;
  #stopped = false;

  constructor(options: RaftNodeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { config, storage, stateMachine } = options;
    this.#state = createRaftState(config, storage.recovered, this.#clock.monotonicMs());
    this.#disk = new PersistQueue(storage, {
      onDurable: (ack, envelopes) => {
        this.#sendAll(envelopes);
        if (ack !== null) this.#dispatch({ type: 'persisted', now: this.#now(), ack });
      },
      onFailure: (error) => this.#fail(error),
    });
    this.#proposals = new ProposalQueue((commands) => {
      return (
        this.#dispatch({ type: 'propose', now: this.#now(), commands })?.proposal ?? { refused: 'not-leader' }
      );
    });
    if (storage.recovered.snapshot !== null) stateMachine.restore(storage.recovered.snapshot.data);
    const { log, commit } = this.#state;
    for (const entry of log.slice(log.firstIndex, commit)) {
      this.#noteElection(entry, null);
      stateMachine.apply(entry);
    }
  }

  get id(): NodeId {
    return this.#options.config.id;
  }

  get view(): LeadershipView {
    return this.#leadership.view;
  }

  get isStopped(): boolean {
    return this.#stopped;
  }

  /** Voters and learners, by the latest configuration in the log. */
  get members(): Configuration {
    return this.#state.group.members;
  }

  /** Index of the last entry the state machine has seen. */
  get appliedIndex(): number {
    return this.#state.commit;
  }

  start(): void {
    const { transport, onPeerLost } = this.#options;
    transport.start(
      (from, message) => this.#receive(from, message),
      (to) => {
        this.#dispatch({ type: 'unreachable', now: this.#now(), id: to });
        onPeerLost?.(to);
      },
    );
    this.#dispatch({ type: 'tick', now: this.#now() });
  }

  /**
   * Proposes a command; resolves with the state machine's answer once it is committed and applied here.
   *
   * @throws CoordinationError `not-leader` or `overloaded` when it was not taken; `outcome-unknown` when another
   * leader took over and it cannot be told whether the command survived.
   */
  propose(command: string): Promise<unknown> {
    if (this.#stopped)
      return Promise.reject(new CoordinationError('stopped', 'this coordinator is stopping'));
    return this.#proposals.add(command);
  }

  /** Until when this node may act as leader, on its own clock; -Infinity when it may not. */
  leaseUntil(): number {
    return this.#stopped ? Number.NEGATIVE_INFINITY : leaseUntil(this.#state, this.#now());
  }

  /** Whether this node may act as leader now: nobody else can, on any clock within the drift allowed. */
  holdsLease(): boolean {
    return this.#now() < this.leaseUntil();
  }

  /** Whether this node has lately been in touch with a leader, itself included: its state is then nearly current. */
  isCurrent(): boolean {
    const { role, leaderHeardAt, leader, config } = this.#state;
    if (role === 'leader') return this.holdsLease();
    return leader !== null && this.#now() < leaderHeardAt + config.electionTimeoutMs;
  }

  /** Calls back after every change of the leader, the term or of `serving`. @returns what ends it. */
  subscribe(listener: (view: LeadershipView) => void): () => void {
    return this.#leadership.subscribe(listener);
  }

  status(): RaftStatus {
    const { transport } = this.#options;
    return raftStatus(this.#state, this.#now(), this.leaseUntil(), this.#lastElection, (id) =>
      transport.isConnected(id),
    );
  }

  /** Hands leadership over, to a voter or to the most advanced one. Does nothing when this node does not lead. */
  transferLeadership(to: NodeId | null = null): void {
    this.#dispatch({ type: 'transfer', now: this.#now(), to });
  }

  /**
   * Adds a learner, which becomes a voter once it has caught up, gives a member another address, or removes one. Waits
   * for a change that is under way, some seconds at most. Resolves when a majority of the new voters has committed it.
   *
   * @throws CoordinationError as `propose` does; `conflict` when the group as it is does not allow it, `not-found` for the
   * removal of a stranger.
   */
  async changeMembers(change: VoterChange): Promise<void> {
    const propose = () => this.#dispatch({ type: 'change', now: this.#now(), change })?.proposal ?? null;
    const answer = await proposeChange(propose, this.#clock);
    if (answer !== 'done') await this.#proposals.track(answer);
  }

  /** Stops at once; what was promised to others is on the disk. Hand leadership over first. */
  async stop(): Promise<void> {
    this.#halt();
    await this.#disk.settled();
    this.#options.transport.close();
    await this.#options.storage.close();
  }

  #now(): number {
    return this.#clock.monotonicMs();
  }

  #receive(from: NodeId, message: ClusterMessage): void {
    if (this.#stopped) return;
    if (message.kind === 'raft')
      this.#dispatch({ type: 'receive', now: this.#now(), message: message.message });
    else this.#options.onPeerMessage?.(from, message);
  }

  #dispatch(event: RaftEvent): Effects | null {
    if (this.#stopped) return null;
    const effects = step(this.#state, event);
    this.#applyAll(effects);
    this.#sendAll(effects.send);
    this.#followMembers();
    if (effects.persist !== null || (effects.sendAfterPersist.length > 0 && !this.#disk.idle)) {
      this.#disk.append(effects.persist, effects.sendAfterPersist);
    } else {
      this.#sendAll(effects.sendAfterPersist);
    }
    this.#schedule();
    this.#tellChange();
    this.#maybeCompact();
    return effects;
  }

  #applyAll(effects: Effects): void {
    const { stateMachine } = this.#options;
    if (effects.restore !== null) {
      stateMachine.restore(effects.restore.data);
      this.#proposals.skippedTo(effects.restore.index);
    }
    for (const entry of effects.apply) {
      this.#noteElection(entry, new Date(this.#clock.now()).toISOString());
      this.#proposals.applied(entry, stateMachine.apply(entry));
    }
  }

  #noteElection(entry: Entry, at: string | null): void {
    const note = electionIn(entry);
    if (note !== null) this.#lastElection = { ...note, at };
  }

  #sendAll(envelopes: readonly Envelope[]): void {
    for (const { to, message, needsSnapshotData } of envelopes) {
      if (needsSnapshotData && message.type === 'snapshot') {
        const snapshot = { ...message.snapshot, data: this.#options.stateMachine.snapshot() };
        this.#options.transport.send(to, { kind: 'raft', message: { ...message, snapshot } });
      } else {
        this.#options.transport.send(to, { kind: 'raft', message });
      }
    }
  }

  #schedule(): void {
    const wakeAt = nextWakeAt(this.#state, this.#now());
    // A timer that is too early only ticks for nothing; resetting it on every message would cost more.
    if (this.#timer !== null && this.#timerAt <= wakeAt) return;
    this.#timer?.cancel();
    this.#timerAt = wakeAt;
    this.#timer = this.#clock.setTimer(Math.max(0, Math.ceil(wakeAt - this.#now())), () => {
      this.#timer = null;
      this.#dispatch({ type: 'tick', now: this.#now() });
    });
  }

  #followMembers(): void {
    const { members } = this.#state.group;
    if (members === this.#members) return;
    this.#members = members;
    this.#options.logger.info({ members }, 'the group changed');
    this.#options.transport.setPeers(members.filter(({ id }) => id !== this.id));
  }

  #tellChange(): void {
    if (!this.#leadership.follow(this.#state)) return;
    const { leader, term, role } = this.#state;
    this.#options.logger.info({ leaderId: leader, term, role }, 'leadership changed');
  }

  #maybeCompact(): void {
    const { compactAfterEntries = 10_000, keepEntries = 1_000, stateMachine } = this.#options;
    const { log } = this.#state;
    if (this.#compacting || this.#state.commit - log.firstIndex < compactAfterEntries) return;
    this.#compacting = true;
    const make = () => {
      const { term, vote, commit, committedConfiguration } = this.#state;
      const snapshot = {
        index: commit,
        term: log.termAt(commit) ?? 0,
        configuration: committedConfiguration.members,
        data: stateMachine.snapshot(),
      };
      this.#dispatch({ type: 'compact', now: this.#now(), index: commit - keepEntries });
      const entries = log.slice(log.firstIndex, log.lastIndex);
      return { snapshot, hardState: { term, vote, commit }, entries };
    };
    this.#disk.compact(make, () => {
      this.#compacting = false;
    });
  }

  #fail(error: unknown): void {
    this.#halt();
    this.#options.onFatal(error);
  }

  #halt(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#proposals.stop();
    this.#leadership.end();
  }
}
