import { groupOf } from '../src/raft/configuration.ts';
import type { ConfigurationAt } from '../src/raft/configuration.ts';
import type { RaftState } from '../src/raft/raft-state.ts';
import type { Configuration, RaftEvent } from '../src/raft/raft-types.ts';
import type { Mutation } from './mutation.ts';

/** Mistakes in the change of voters (Raft thesis, chapter 4). */
export const configurationMutations: readonly Mutation[] = [
  {
    name: 'change-before-own-commit',
    kind: 'raft',
    caughtBy: 43,
    mistake:
      'a new leader changes the voters before it has committed an entry of its own term (the bug of 2015 in the thesis)',
    ...duringChange((state) => {
      const { termStart, pendingConfigurations } = state;
      state.termStart = 0;
      state.pendingConfigurations = pendingConfigurations.filter(({ index }) => index >= termStart);
      return () => {
        state.termStart = termStart;
        state.pendingConfigurations = inOrder([...pendingConfigurations, ...state.pendingConfigurations]);
      };
    }),
  },
  {
    name: 'two-changes-at-once',
    kind: 'raft',
    caughtBy: 16,
    mistake: 'a change does not wait until the one before it is committed (Raft thesis, section 4.1)',
    ...duringChange((state) => {
      const { pendingConfigurations } = state;
      state.pendingConfigurations = [];
      return () => {
        state.pendingConfigurations = inOrder([...pendingConfigurations, ...state.pendingConfigurations]);
      };
    }),
  },
  {
    name: 'change-effective-at-commit',
    kind: 'raft',
    caughtBy: 45,
    mistake: 'a configuration counts only once it is committed, and on each node at another time',
    afterStep: (state, effects) => {
      setMembers(state, state.committedConfiguration.members);
      return effects;
    },
  },
  {
    name: 'change-survives-its-entry',
    kind: 'raft',
    caughtBy: 304,
    mistake: 'a configuration that is cut off the log is not taken back (Raft thesis, section 4.1)',
    ...rememberingGroup((state, before) => {
      if (state.pendingConfigurations.length === 0) setMembers(state, before);
    }),
  },
  {
    name: 'snapshot-without-configuration',
    kind: 'raft',
    caughtBy: 304,
    mistake: 'a snapshot does not carry the configuration (Raft thesis, section 5.1)',
    beforeStep: (state, event) => {
      if (event.type !== 'receive' || event.message.type !== 'snapshot') return event;
      const snapshot = { ...event.message.snapshot, configuration: state.group.members };
      return { ...event, message: { ...event.message, snapshot } };
    },
  },
  {
    name: 'learner-counted',
    kind: 'raft',
    caughtBy: 80,
    mistake: 'a learner is counted like a voter, with an empty log (Raft thesis, section 4.2.1)',
    beforeStep: (state, event) => {
      const voters = state.group.members.map(({ id }) => id);
      state.group = { ...state.group, voters };
      return event;
    },
  },
  {
    name: 'learner-does-not-vote',
    kind: 'raft',
    caughtBy: 360,
    mistake:
      'a node that takes itself for a learner refuses its vote, though others know that it counts (section 4.1)',
    beforeStep: (state, event) => {
      const isAsked = event.type === 'receive' && event.message.type === 'voteRequest';
      return isAsked && !state.group.voters.includes(state.config.id)
        ? { type: 'tick', now: event.now }
        : event;
    },
  },
  {
    name: 'removed-leader-counts-itself',
    kind: 'raft',
    caughtBy: 7,
    mistake: 'a leader that removes itself goes on counting its own copy (Raft thesis, section 4.2.2)',
    beforeStep: (state, event) => {
      const { group, config } = state;
      if (state.role === 'leader' && !group.voters.includes(config.id)) {
        state.group = { ...group, voters: [...group.voters, config.id] };
      }
      return event;
    },
    afterStep: (state, effects) => {
      setMembers(state, state.group.members);
      return effects;
    },
  },
  {
    name: 'removed-never-stands',
    kind: 'raft',
    caughtBy: 305,
    mistake:
      'a node whose removal is not committed does not stand, though the others need its entry (figure 4.6)',
    beforeStep: (state, event) => {
      if (event.type === 'tick' && !state.group.voters.includes(state.config.id)) {
        state.electionDeadline = Math.max(state.electionDeadline, event.now + 100);
      }
      return event;
    },
  },
];

function inOrder(pending: readonly ConfigurationAt[]): ConfigurationAt[] {
  const byIndex = new Map(pending.map((each) => [each.index, each]));
  return [...byIndex.values()].toSorted((left, right) => left.index - right.index);
}

function setMembers(state: RaftState, members: Configuration): void {
  state.group = groupOf(members, state.config.id);
}

/** Loosens the rules while a change is proposed, and puts them back after the step. */
function duringChange(loosen: (state: RaftState) => () => void): Pick<Mutation, 'beforeStep' | 'afterStep'> {
  const restores = new WeakMap<RaftState, () => void>();
  return {
    beforeStep: (state: RaftState, event: RaftEvent) => {
      if (event.type === 'change') restores.set(state, loosen(state));
      return event;
    },
    afterStep: (state, effects) => {
      restores.get(state)?.();
      restores.delete(state);
      return effects;
    },
  };
}

/** Tells, after each step, what the group was before it. */
function rememberingGroup(
  after: (state: RaftState, before: Configuration) => void,
): Pick<Mutation, 'beforeStep' | 'afterStep'> {
  const groups = new WeakMap<RaftState, Configuration>();
  return {
    beforeStep: (state, event) => {
      groups.set(state, state.group.members);
      return event;
    },
    afterStep: (state, effects) => {
      const before = groups.get(state);
      if (before !== undefined) after(state, before);
      return effects;
    },
  };
}
