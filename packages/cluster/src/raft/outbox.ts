import { noteAppended, noteCommitted, noteRestored } from './raft-state.ts';
import type { RaftState } from './raft-state.ts';
import type { Effects, Entry, Envelope, NodeId, RaftMessage, Snapshot } from './raft-types.ts';

type Body<M> = M extends RaftMessage ? Omit<M, 'from' | 'term' | 'storageId'> : never;

/** A message without what every message carries. */
export type MessageBody = Body<RaftMessage>;

/** Gathers the effects of one step. */
export class Outbox {
  readonly #state: RaftState;
  readonly #before: { readonly term: number; readonly vote: NodeId | null };
  readonly #send: Envelope[] = [];
  readonly #sendAfterPersist: Envelope[] = [];
  readonly #apply: Entry[] = [];
  #appended: Entry[] = [];
  #snapshot: Snapshot | null = null;
  #proposal: Effects['proposal'] = null;

  constructor(state: RaftState) {
    this.#state = state;
    this.#before = { term: state.term, vote: state.vote };
  }

  send(to: NodeId, body: MessageBody, term = this.#state.term): void {
    this.#send.push({ to, message: this.#seal(body, term) });
  }

  /** For messages that promise something the disk must remember: a vote, or entries. */
  sendAfterPersist(to: NodeId, body: MessageBody, term = this.#state.term): void {
    this.#sendAfterPersist.push({ to, message: this.#seal(body, term) });
  }

  sendSnapshot(to: NodeId, sentAt: number): void {
    const { commit, log, committedConfiguration } = this.#state;
    const configuration = committedConfiguration.members;
    const snapshot = { index: commit, term: log.termAt(commit) ?? 0, configuration, data: '' };
    const message = this.#seal({ type: 'snapshot', snapshot, sentAt }, this.#state.term);
    this.#send.push({ to, message, needsSnapshotData: true });
  }

  /** Appends to the log, and has the same written to the disk. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    this.#state.log.append(entries);
    noteAppended(this.#state, entries);
    this.#appended = [...this.#appended.filter((entry) => entry.index < first.index), ...entries];
  }

  restore(snapshot: Snapshot): void {
    const { index, term, configuration } = snapshot;
    this.#state.log.reset(index, term);
    noteRestored(this.#state, { index, members: configuration });
    this.#appended = [];
    this.#snapshot = snapshot;
  }

  /** Moves the commit index and hands out what that commits. */
  commitTo(index: number): void {
    const state = this.#state;
    const to = Math.min(index, state.log.lastIndex);
    if (to <= state.commit) return;
    for (const entry of state.log.slice(state.commit + 1, to)) this.#apply.push(entry);
    noteCommitted(state, to);
  }

  answerProposal(answer: NonNullable<Effects['proposal']>): void {
    this.#proposal = answer;
  }

  finish(): Effects {
    const { term, vote, commit, log } = this.#state;
    const changed = term !== this.#before.term || vote !== this.#before.vote;
    const dirty = changed || this.#appended.length > 0 || this.#snapshot !== null;
    return {
      persist: dirty
        ? {
            hardState: { term, vote, commit },
            snapshot: this.#snapshot,
            entries: this.#appended,
            ack: { term, index: log.lastIndex },
          }
        : null,
      send: this.#send,
      sendAfterPersist: this.#sendAfterPersist,
      restore: this.#snapshot,
      apply: this.#apply,
      proposal: this.#proposal,
    };
  }

  #seal(body: MessageBody, term: number): RaftMessage {
    const { id, storageId } = this.#state.config;
    return { ...body, from: id, term, storageId };
  }
}
