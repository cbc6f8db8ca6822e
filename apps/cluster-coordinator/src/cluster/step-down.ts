import { CoordinationError } from '@hanok/cluster';
import type { Coordination } from '@hanok/cluster';
import { systemClock } from '@hanok/service-kit';

const topic = 'step-down';
const timeoutMs = 3_000;
const successorMs = 500;

interface StepDownContext {
  readonly nodeId: string;
  readonly coordination: Coordination;
}

/** Lets the other coordinators ask this one to step down. */
export function answerStepDown({ coordination }: StepDownContext): void {
  coordination.peers.handle(topic, async () => {
    await coordination.election.resign();
    return '';
  });
}

/**
 * Has the leader, wherever it is, hand over.
 *
 * @throws CoordinationError when none can be reached.
 */
export async function stepDown({ nodeId, coordination }: StepDownContext): Promise<void> {
  const { leaderId, term } = coordination.election.view();
  if (leaderId === null) throw new CoordinationError('no-leader', 'there is no leader to step down');
  if (leaderId === nodeId) await coordination.election.resign();
  else await coordination.peers.request(leaderId, topic, '', timeoutMs);
  await untilLed(coordination, term);
}

/** The answer should name the successor, and word of it may be still under way to this coordinator. */
async function untilLed({ election }: Coordination, oldTerm: number): Promise<void> {
  const led = Promise.withResolvers<void>();
  const timer = systemClock.setTimer(successorMs, led.resolve);
  const unobserve = election.observe((view) => {
    if (view.leaderId !== null && view.term > oldTerm) led.resolve();
  });
  await led.promise;
  timer.cancel();
  unobserve();
}
