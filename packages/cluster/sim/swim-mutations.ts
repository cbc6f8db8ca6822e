import type { SwimState } from '../src/swim/swim-state.ts';
import type { SwimEvent } from '../src/swim/swim-types.ts';
import type { SwimMutation } from './mutation.ts';

/** The membership protocol with one part of it left out. */
export const swimMutations: readonly SwimMutation[] = [
  {
    name: 'no-incarnation-check',
    kind: 'swim',
    caughtBy: 2,
    mistake: 'old news of a member overrules newer (SWIM paper, section 4.2)',
    tamper: (state, event) => {
      for (const { id, incarnation, overrulesFrom } of newsOf(event)) {
        const record = state.members.get(id);
        if (record !== undefined && incarnation < record.incarnation) record.incarnation = overrulesFrom;
      }
      return event;
    },
  },
  {
    name: 'no-refutation',
    kind: 'swim',
    caughtBy: 1,
    mistake: 'a member that is held suspect or dead does not object (SWIM paper, section 4.2)',
    tamper: (state, event) => withoutDoubts(state, event),
  },
];

interface News {
  readonly id: string;
  readonly incarnation: number;
  /** The life that this news still overrules: "alive" needs a later one, doubts do not. */
  readonly overrulesFrom: number;
}

function newsOf(event: SwimEvent): News[] {
  if (event.type !== 'receive') return [];
  return event.packet.updates.map(({ id, incarnation, type }) => {
    return { id, incarnation, overrulesFrom: type === 'alive' ? incarnation - 1 : incarnation };
  });
}

function withoutDoubts(state: SwimState, event: SwimEvent): SwimEvent {
  const self = state.self.id;
  if (event.type === 'receive') {
    const updates = event.packet.updates.filter(({ id }) => id !== self);
    return { ...event, packet: { ...event.packet, updates } };
  }
  if (event.type !== 'synced') return event;
  return { ...event, members: event.members.filter(({ id }) => id !== self) };
}
