import { decodeConfiguration } from '../src/raft/configuration.ts';
import type { Entry, NodeId } from '../src/raft/raft-types.ts';
import type { RaftState } from '../src/raft/raft-state.ts';
import { Violation } from './violation.ts';

/** What the checks need to see of a node. */
export interface SeenNode {
  readonly id: NodeId;
  /** Null while it is down. */
  readonly state: Pick<RaftState, 'role' | 'term' | 'commit' | 'log'> | null;
  /** True time at which its lease ends. */
  readonly leaseEnd: number;
  /** Every command that it has applied. */
  readonly applied: readonly string[];
}

/** A command whose proposer was told that it is committed. */
interface Acknowledged {
  readonly index: number;
  readonly data: string;
}

/** Watches a simulation from outside, in true time, and throws a `Violation` at the first broken promise. */
export class Checkers {
  readonly #leaderOf = new Map<number, NodeId>();
  readonly #canonical = new Map<number, Entry>();
  readonly #acknowledged: Acknowledged[] = [];
  #lastAcknowledged = 0;
  #highestToken = 0;
  #voters: readonly NodeId[] | null = null;
  configurations = 0;
  /** Leases that were seen, so that a run in which nothing happened cannot pass for a good one. */
  leases = 0;

  /** At most one leader in each term (Raft paper, figure 3, election safety). */
  leaderSeen(node: SeenNode): void {
    const { state } = node;
    if (state === null || state.role !== 'leader') return;
    const known = this.#leaderOf.get(state.term);
    if (known === undefined) this.#leaderOf.set(state.term, node.id);
    else if (known !== node.id) {
      throw new Violation('one-leader-a-term', `${known} and ${node.id} both lead term ${state.term}`);
    }
  }

  /** At no true time do two nodes hold a lease, tokens rise, and who holds one knows all that was acknowledged. */
  leaseSeen(node: SeenNode, nodes: readonly SeenNode[], now: number): void {
    const { state } = node;
    if (state === null || node.leaseEnd <= now) return;
    this.leases += 1;
    for (const other of nodes) {
      if (other !== node && other.leaseEnd > now) {
        const terms = `terms ${state.term} and ${other.state?.term}`;
        throw new Violation('disjoint-leases', `${node.id} and ${other.id} both hold a lease (${terms})`);
      }
    }
    if (state.term < this.#highestToken) {
      throw new Violation(
        'rising-tokens',
        `${node.id} holds token ${state.term} after ${this.#highestToken}`,
      );
    }
    this.#highestToken = state.term;
    if (state.commit < this.#lastAcknowledged) {
      throw new Violation(
        'current-leader',
        `${node.id} holds a lease with commit ${state.commit}, but ${this.#lastAcknowledged} was acknowledged`,
      );
    }
  }

  /** All nodes apply the same entry at the same index (state machine safety). */
  applied(node: SeenNode, entry: Entry): void {
    const known = this.#canonical.get(entry.index);
    if (known === undefined) {
      this.#canonical.set(entry.index, entry);
      if (entry.kind === 'config') this.#configurationCommitted(entry);
    } else if (known.term !== entry.term || known.data !== entry.data || known.kind !== entry.kind) {
      throw new Violation(
        'same-log',
        `${node.id} applied ${entry.kind} ${entry.data} of term ${entry.term} at ${entry.index}, ` +
          `where another applied ${known.kind} ${known.data} of term ${known.term}`,
      );
    }
  }

  /** Two configurations that follow each other differ by one voter at most (Raft thesis, section 4.1). */
  #configurationCommitted({ index, data }: Entry): void {
    const voters = decodeConfiguration(data).flatMap(({ id, voting }) => (voting ? [id] : []));
    const before = this.#voters;
    this.#voters = voters;
    if (before === null) return;
    const changed = [
      ...voters.filter((id) => !before.includes(id)),
      ...before.filter((id) => !voters.includes(id)),
    ];
    if (changed.length > 1) {
      throw new Violation(
        'one-voter-at-a-time',
        `${before.join(' ')} became ${voters.join(' ')} at ${index}`,
      );
    }
    this.configurations += 1;
  }

  acknowledged(index: number, data: string): void {
    this.#acknowledged.push({ index, data });
    this.#lastAcknowledged = Math.max(this.#lastAcknowledged, index);
  }

  get acknowledgements(): number {
    return this.#acknowledged.length;
  }

  /** Once all is well, somebody leads within a time. */
  ledAgain(term: number | null, withinMs: number): number {
    if (term !== null) return term;
    throw new Violation('a-leader-after-healing', `nobody has come to lead for long within ${withinMs} ms`);
  }

  /** And goes on to: nobody unseats a leader while all is well. */
  stillLed(before: number, after: number | null): void {
    if (after !== before) {
      throw new Violation('stable-leader', `term ${before} ended though all was well: ${after} followed`);
    }
  }

  /** And can decide: something was acknowledged since there were so many. */
  decides(acknowledgementsBefore: number): void {
    if (this.acknowledgements <= acknowledgementsBefore) {
      throw new Violation('a-leader-after-healing', 'the leader commits nothing');
    }
  }

  /** Two logs that agree on an entry agree on all before it (log matching). */
  logsMatch(nodes: readonly SeenNode[]): void {
    for (const [position, node] of nodes.entries()) {
      for (const other of nodes.slice(position + 1)) matchPair(node, other);
    }
  }

  /** After the end: every acknowledged command is in every state machine, in the same order. */
  converged(nodes: readonly SeenNode[]): void {
    const [first, ...others] = nodes;
    if (first === undefined) return;
    for (const other of others) {
      if (other.applied.join('\n') !== first.applied.join('\n')) {
        throw new Violation('convergence', `${first.id} and ${other.id} differ after healing`);
      }
    }
    const present = new Set(first.applied);
    for (const { index, data } of this.#acknowledged) {
      if (!present.has(data)) throw new Violation('nothing-lost', `acknowledged ${data} at ${index} is gone`);
    }
  }
}

function matchPair(node: SeenNode, other: SeenNode): void {
  const one = node.state?.log;
  const two = other.state?.log;
  if (one === undefined || two === undefined) return;
  const from = Math.max(one.firstIndex, two.firstIndex);
  let agreed = false;
  for (let index = Math.min(one.lastIndex, two.lastIndex); index >= from; index -= 1) {
    const same = one.termAt(index) === two.termAt(index);
    if (agreed && !same) {
      throw new Violation('log-matching', `${node.id} and ${other.id} agree after ${index} but not there`);
    }
    agreed ||= same;
    if (agreed && one.at(index)?.data !== two.at(index)?.data) {
      throw new Violation('log-matching', `${node.id} and ${other.id} hold different data at ${index}`);
    }
  }
}
