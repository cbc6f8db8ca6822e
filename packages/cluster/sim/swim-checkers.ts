import type { Member } from '../src/swim/swim-types.ts';
import { Violation } from './violation.ts';

/** What a check needs to see of a member. */
export interface SeenMember {
  readonly id: string;
  /** Changes when the member is started anew. */
  readonly state: { readonly members: ReadonlyMap<string, Pick<Member, 'id' | 'liveness' | 'incarnation'>> };
}

/** Watches members that gossip, from outside, and throws a `Violation` at the first broken promise. */
export class SwimCheckers {
  /** By observer's state and member: a restarted observer begins anew. */
  readonly #incarnations = new WeakMap<object, Map<string, number>>();

  /** Nobody goes back to what it knew of an earlier life of another (SWIM paper, section 4.2). */
  incarnationsRise(observers: readonly SeenMember[]): void {
    for (const { id: observer, state } of observers) {
      const last = this.#incarnations.get(state) ?? new Map<string, number>();
      this.#incarnations.set(state, last);
      for (const { id, incarnation } of state.members.values()) {
        const before = last.get(id) ?? 0;
        if (incarnation < before) {
          throw new Violation(
            'incarnations-rise',
            `${observer} held ${id} to be in life ${before}, and now in ${incarnation}`,
          );
        }
        last.set(id, incarnation);
      }
      for (const id of last.keys()) if (!state.members.has(id)) last.delete(id);
    }
  }

  /** Once all is well, every member holds every other alive. */
  membershipConverges(observers: readonly SeenMember[], afterMs: number): void {
    for (const { id: observer, state } of observers) {
      for (const { id } of observers) {
        const held = state.members.get(id)?.liveness ?? 'unknown';
        if (id === observer || held === 'alive') continue;
        throw new Violation(
          'membership-converges',
          `${observer} holds ${id} to be ${held}, ${afterMs} ms after healing`,
        );
      }
    }
  }
}
