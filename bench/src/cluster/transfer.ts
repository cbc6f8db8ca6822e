import { setTimeout as sleep } from 'node:timers/promises';
import type { Voters } from './voters.ts';

/** A transfer is asked for when the group has been calm for so long. */
const calmMs = 100;
const lookEveryMs = 1;
const giveUpMs = 10_000;

/** Has the leader hand over, again and again. @returns how long it took each time until all know the next, ms. */
export async function transfers(voters: Voters, times: number): Promise<number[]> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const before = await voters.leaderUrl();
    await sleep(calmMs);
    const startedAt = performance.now();
    const response = await fetch(`${before}/v1/leader/step-down`, { method: 'POST' });
    if (!response.ok) throw new Error(`step-down: ${response.status} ${await response.text()}`);
    await untilAllKnowAnother(voters, before, startedAt);
    taken.push(performance.now() - startedAt);
  }
  return taken;
}

async function untilAllKnowAnother(voters: Voters, before: string, startedAt: number): Promise<void> {
  while (!(await voters.agreeOnAnother(before))) {
    if (performance.now() - startedAt > giveUpMs) throw new Error('leadership was not handed over');
    await sleep(lookEveryMs);
  }
}
