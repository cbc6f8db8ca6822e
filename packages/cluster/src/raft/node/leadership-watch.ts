import type { RaftState } from '../raft-state.ts';
import type { NodeId } from '../raft-types.ts';

/** Who leads, as one node sees it. */
export interface LeadershipView {
  readonly leaderId: NodeId | null;
  readonly term: number;
  /** This node leads and has committed the beginning of its term: it may serve while its lease lasts. */
  readonly serving: boolean;
}

/** Tells of every change of the leader, the term or of `serving`. */
export class LeadershipWatch {
  readonly #listeners = new Set<(view: LeadershipView) => void>();
  #view: LeadershipView = { leaderId: null, term: 0, serving: false };

  get view(): LeadershipView {
    return this.#view;
  }

  /** @returns what ends it. */
  subscribe(listener: (view: LeadershipView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @returns whether something has changed, and was told. */
  follow({ leader, term, role, commit, termStart }: RaftState): boolean {
    const serving = role === 'leader' && commit >= termStart;
    const { leaderId, term: oldTerm, serving: wasServing } = this.#view;
    if (leader === leaderId && term === oldTerm && serving === wasServing) return false;
    this.#tell({ leaderId: leader, term, serving });
    return true;
  }

  /** The node has stopped: it neither leads nor follows. */
  end(): void {
    this.#tell({ ...this.#view, leaderId: null, serving: false });
  }

  #tell(view: LeadershipView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener(view);
  }
}
