import type { Clock } from '@hanok/service-kit';
import type { Effects } from '../raft-types.ts';

type Answer = NonNullable<Effects['proposal']>;

/** How long a change of the voters waits for the one before it, and how often it looks. */
const waitMs = 3_000;
const lookEveryMs = 20;

/**
 * Proposes a change of the voters, again while another is under way.
 *
 * @returns `done` when there is nothing to change.
 */
export async function proposeChange(propose: () => Answer | null, clock: Clock): Promise<Answer | 'done'> {
  const deadline = clock.monotonicMs() + waitMs;
  for (;;) {
    const answer = propose() ?? { refused: 'not-leader' };
    const refused = 'refused' in answer ? answer.refused : null;
    if (refused === 'no-change') return 'done';
    if (refused !== 'change-pending' || clock.monotonicMs() >= deadline) return answer;
    await clock.sleep(lookEveryMs);
  }
}
