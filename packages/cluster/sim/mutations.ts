import { groupOf } from '../src/raft/configuration.ts';
import { quorumMatch } from '../src/raft/lease.ts';
import { noteCommitted } from '../src/raft/raft-state.ts';
import type { Effects, RaftEvent } from '../src/raft/raft-types.ts';
import { configurationMutations } from './configuration-mutations.ts';
import type { Mutation } from './mutation.ts';

/** The protocol with one part of it left out. The seeds must catch every one of these. */
export const mutations: readonly Mutation[] = [
  {
    name: 'volatile-hard-state',
    kind: 'raft',
    caughtBy: 5,
    mistake: 'term and vote are not on disk: a restarted voter votes twice in a term (Raft paper, figure 2)',
    onCrash: (disk) => disk.forgetHardState(),
  },
  {
    name: 'vote-forgotten',
    kind: 'raft',
    caughtBy: 1,
    mistake: 'a vote is not remembered, so that two candidates get it',
    afterStep: (state, effects) => {
      if (state.role === 'follower') state.vote = null;
      return effects;
    },
  },
  {
    name: 'reply-before-disk',
    kind: 'raft',
    caughtBy: 2,
    mistake: 'votes and acknowledgements go out before they are durable',
    afterStep: (_state, effects) => ({
      ...effects,
      send: [...effects.send, ...effects.sendAfterPersist],
      sendAfterPersist: [],
    }),
  },
  {
    name: 'no-boot-hold',
    kind: 'raft',
    caughtBy: 267,
    mistake:
      'a restarted voter has forgotten its promise and votes at once, while the lease it gave still runs',
    onBoot: (state) => {
      Object.assign(state, { bootedAt: Number.NEGATIVE_INFINITY });
      state.electionDeadline = state.bootedAt;
    },
  },
  {
    name: 'no-vote-withholding',
    kind: 'raft',
    caughtBy: 70,
    mistake: 'a voter helps a candidate up while it hears from a leader (Raft thesis, section 4.2.3)',
    beforeStep: (state, event) => {
      if (event.type === 'receive' && event.message.type === 'voteRequest') {
        state.leaderHeardAt = Number.NEGATIVE_INFINITY;
      }
      return event;
    },
  },
  {
    name: 'lease-from-receive-time',
    kind: 'raft',
    caughtBy: 92,
    mistake: 'the lease is counted from the arrival of the answer instead of the sending of the question',
    beforeStep: (_state, event) => withSentAt(event),
  },
  {
    name: 'lease-longer-than-promise',
    kind: 'raft',
    caughtBy: 28,
    mistake: 'the leader trusts its lease for longer than the followers promised',
    config: { leaseRatio: 1.5 },
  },
  {
    name: 'clocks-beyond-the-bound',
    kind: 'raft',
    caughtBy: 84,
    mistake: 'clocks drift by more than the lease ratio allows for',
    driftRate: 0.4,
  },
  {
    name: 'lease-kept-in-transfer',
    kind: 'raft',
    caughtBy: null,
    mistake: 'a leader keeps its lease while its successor stands for election without waiting for it',
    afterStep: (state, effects) => {
      state.leaseRenounced = false;
      return effects;
    },
  },
  {
    name: 'quorum-of-one-less',
    kind: 'raft',
    caughtBy: 1,
    mistake: 'one vote too few makes a leader',
    beforeStep: (state, event) => {
      state.group = { ...state.group, quorum: Math.floor(state.group.voters.length / 2) };
      return event;
    },
  },
  {
    name: 'any-log-will-do',
    kind: 'raft',
    caughtBy: 1,
    mistake:
      'a voter does not ask whether the candidate has all that is committed (Raft paper, section 5.4.1)',
    beforeStep: (_state, event) =>
      event.type === 'receive' && event.message.type === 'voteRequest'
        ? { ...event, message: { ...event.message, lastIndex: 1e9, lastTerm: 1e9 } }
        : event,
  },
  {
    name: 'no-consistency-check',
    kind: 'raft',
    caughtBy: 171,
    mistake: 'a follower takes entries whatever comes before them (Raft paper, section 5.3)',
    beforeStep: (state, event) => {
      if (event.type !== 'receive' || event.message.type !== 'append') return event;
      const prevTerm = state.log.termAt(event.message.prevIndex);
      return prevTerm === null ? event : { ...event, message: { ...event.message, prevTerm } };
    },
  },
  {
    name: 'lost-disk-accepted',
    kind: 'raft',
    caughtBy: 4,
    mistake: 'a voter that lost its disk is counted as before',
    keepsIdentity: true,
  },
  {
    name: 'commit-on-one-copy',
    kind: 'raft',
    caughtBy: 13,
    mistake: 'the leader commits what only it has',
    afterStep: (state, effects): Effects => {
      if (state.role !== 'leader' || state.durable <= state.commit) return effects;
      const entries = state.log.slice(state.commit + 1, state.durable);
      noteCommitted(state, state.durable);
      return { ...effects, apply: [...effects.apply, ...entries] };
    },
  },
  {
    name: 'commit-of-old-terms',
    kind: 'raft',
    caughtBy: null,
    mistake:
      'an entry of an older term is committed by counting its copies (Raft paper, section 5.4.2, figure 8)',
    afterStep: (state, effects): Effects => {
      const match = quorumMatch(state);
      if (state.role !== 'leader' || match <= state.commit) return effects;
      const entries = state.log.slice(state.commit + 1, match);
      noteCommitted(state, match);
      return { ...effects, apply: [...effects.apply, ...entries] };
    },
  },
  {
    name: 'no-pre-vote',
    kind: 'raft',
    caughtBy: null,
    mistake:
      'a node that hears no leader raises its term at once, and unseats the leader when it is back (section 9.6)',
    beforeStep: (state, event) => {
      if (event.type === 'tick' && state.role !== 'leader') state.group = { ...state.group, quorum: 1 };
      return event;
    },
    afterStep: (state, effects) => {
      state.group = groupOf(state.group.members, state.config.id);
      return effects;
    },
  },
  {
    name: 'no-check-quorum',
    kind: 'raft',
    caughtBy: null,
    mistake: 'a leader that hears of nobody stays leader for good (Raft thesis, section 6.2)',
    beforeStep: (state, event) => {
      if (event.type === 'tick') for (const progress of state.progress.values()) progress.heardAt = event.now;
      return event;
    },
  },
  {
    name: 'no-lease-guard',
    kind: 'raft',
    caughtBy: 70,
    mistake: 'who was elected takes itself for the leader until it is told otherwise',
    afterStep: (state, effects, event) => {
      for (const progress of state.progress.values()) progress.promisedFrom = event.now;
      return effects;
    },
  },
  {
    name: 'wall-clock-lease',
    kind: 'raft',
    caughtBy: 201,
    mistake: 'leases and promises are measured by the clock on the wall, which is set forward and back',
    wallClock: true,
  },
  ...configurationMutations,
];

function withSentAt(event: RaftEvent): RaftEvent {
  if (event.type !== 'receive') return event;
  const { message } = event;
  if (message.type === 'heartbeatResponse' || message.type === 'appendResponse') {
    return { ...event, message: { ...message, sentAt: event.now } };
  }
  return event;
}
