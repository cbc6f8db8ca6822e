import { CoordinationError } from '../../engine/coordination-error.ts';
import type { CoordinationErrorCode } from '../../engine/coordination-error.ts';
import { maxVoters } from '../raft-config.ts';
import type { Effects, Entry, ProposalRefusal } from '../raft-types.ts';

type Answer = NonNullable<Effects['proposal']>;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: CoordinationError) => void;
}

interface Tracked extends Waiting {
  readonly term: number;
}

/** More proposals in one round go into the next. */
const maxBatch = 1_024;
const maxGathered = 16_384;

/**
 * Matches proposals with their outcome. Those made in one turn of the event loop go into the log together, and so
 * share one write and one round of messages.
 */
export class ProposalQueue {
  readonly #propose: (commands: readonly string[]) => Answer;
  readonly #tracked = new Map<number, Tracked>();
  #gathered: (Waiting & { readonly command: string })[] = [];
  #scheduled = false;

  constructor(propose: (commands: readonly string[]) => Answer) {
    this.#propose = propose;
  }

  add(command: string): Promise<unknown> {
    if (this.#gathered.length >= maxGathered) return Promise.reject(refusal('overloaded'));
    return new Promise((resolve, reject) => {
      this.#gathered.push({ command, resolve, reject });
      this.#schedule();
    });
  }

  /** Waits for an entry that was proposed otherwise. */
  track(answer: Answer): Promise<unknown> {
    if ('refused' in answer) return Promise.reject(refusal(answer.refused));
    return new Promise((resolve, reject) => {
      this.#trackAt(answer.firstIndex, { term: answer.term, resolve, reject });
    });
  }

  /** An entry was committed and applied: its proposer gets the result, unless another leader's entry took its place. */
  applied({ index, term }: Entry, result: unknown): void {
    const tracked = this.#tracked.get(index);
    if (tracked === undefined) return;
    this.#tracked.delete(index);
    if (tracked.term === term) tracked.resolve(result);
    else tracked.reject(new CoordinationError('no-leader', 'the leader changed before it was committed'));
  }

  /** A snapshot took the place of entries: what became of the proposals among them cannot be told. */
  skippedTo(index: number): void {
    for (const [at, tracked] of this.#tracked) {
      if (at > index) continue;
      this.#tracked.delete(at);
      tracked.reject(new CoordinationError('outcome-unknown', 'the leader changed; it may have been done'));
    }
  }

  stop(): void {
    const error = new CoordinationError('stopped', 'this coordinator is stopping');
    for (const { reject } of this.#gathered) reject(error);
    this.#gathered = [];
    const unknown = new CoordinationError(
      'outcome-unknown',
      'this coordinator is stopping; it may have been done',
    );
    for (const { reject } of this.#tracked.values()) reject(unknown);
    this.#tracked.clear();
  }

  #trackAt(index: number, tracked: Tracked): void {
    // An older proposal of ours at the same place can only have been cut off the log by another leader.
    this.#tracked
      .get(index)
      ?.reject(new CoordinationError('no-leader', 'the leader changed before it was committed'));
    this.#tracked.set(index, tracked);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#gathered.splice(0, maxBatch);
    if (batch.length === 0) return;
    if (this.#gathered.length > 0) this.#schedule();
    // Nothing is committed within the step itself: that takes the disk, and mostly other voters, to answer.
    const answer = this.#propose(batch.map(({ command }) => command));
    for (const [offset, { resolve, reject }] of batch.entries()) {
      if ('refused' in answer) reject(refusal(answer.refused));
      else this.#trackAt(answer.firstIndex + offset, { term: answer.term, resolve, reject });
    }
  }
}

const refusals: Readonly<Record<ProposalRefusal, readonly [CoordinationErrorCode, string]>> = {
  'not-leader': ['not-leader', 'this coordinator does not lead'],
  transferring: ['not-leader', 'leadership is being handed over'],
  overloaded: ['overloaded', 'too many proposals are under way'],
  'change-pending': ['conflict', 'the change of voters before this one is not committed: wait for it'],
  'no-change': ['conflict', 'it is so already'],
  'other-storage': ['conflict', 'it is known by another disk: remove it first, then add it again'],
  'learner-pending': ['conflict', 'another coordinator is still catching up: wait for it, or remove it'],
  'too-many': ['conflict', `there are ${maxVoters} voters already: remove one first`],
  'not-a-member': ['not-found', 'it is not of the group'],
  'last-voter': ['conflict', 'it is the last voter'],
  'no-quorum': ['conflict', 'the voters that would be left have no majority that answers'],
};

function refusal(reason: ProposalRefusal): CoordinationError {
  return new CoordinationError(...refusals[reason]);
}
