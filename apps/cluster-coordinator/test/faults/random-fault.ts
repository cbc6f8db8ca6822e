import { setTimeout as sleep } from 'node:timers/promises';
import type { Rng } from '@hanok/service-kit';
import type { FaultGroup } from './fault-group.ts';

type Fault = (group: FaultGroup, rng: Rng) => Promise<void>;

/** How long a fault lasts: from less than a lease to some election timeouts. */
const lasts = (rng: Rng): Promise<void> => sleep(300 + rng.next() * 3_000);

function pick<T>(rng: Rng, list: readonly T[]): T {
  const one = list[Math.floor(rng.next() * list.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
}

const namesOf = (group: FaultGroup): string[] => [
  ...new Set([...group.coordinators.map(({ id }) => id), ...group.electors]),
];

const faults: Readonly<Record<string, Fault>> = {
  async isolate(group, rng) {
    const name = pick(rng, namesOf(group));
    group.network.rules.isolate(name, group.peersOf(name));
    await lasts(rng);
  },
  async 'cut some ways'(group, rng) {
    const names = namesOf(group);
    for (const from of names) {
      for (const to of names) if (from !== to && rng.next() < 0.3) group.network.rules.cutOneWay(from, to);
    }
    await lasts(rng);
  },
  async 'slow down and lose'(group, rng) {
    group.network.rules.degrade(namesOf(group), { delayMs: rng.next() * 60, loss: rng.next() * 0.3 });
    await lasts(rng);
  },
  async 'pause a coordinator'(group, rng) {
    const { child } = pick(rng, group.coordinators);
    child.kill('SIGSTOP');
    await lasts(rng);
    child.kill('SIGCONT');
  },
  async 'kill a coordinator'(group, rng) {
    const victim = pick(rng, group.coordinators);
    await victim.kill();
    await lasts(rng);
    await victim.start('alive');
  },
  async 'kill a coordinator among cut ways'(group, rng) {
    const victim = pick(rng, group.coordinators);
    const other = pick(rng, namesOf(group));
    group.network.rules.isolate(other, group.peersOf(other));
    await victim.kill();
    await lasts(rng);
    await victim.start('alive');
  },
  async flap(group, rng) {
    for (let count = 0; count < 4; count += 1) {
      const name = pick(rng, namesOf(group));
      group.network.rules.isolate(name, group.peersOf(name));
      await sleep(rng.next() * 1_200);
      group.network.rules.heal();
      await sleep(rng.next() * 300);
    }
  },
};

/** Something bad for a while; then all is whole again. @returns what it was. */
export async function randomFault(group: FaultGroup, rng: Rng): Promise<string> {
  const name = pick(rng, Object.keys(faults));
  await faults[name]?.(group, rng);
  group.network.rules.heal();
  return name;
}
