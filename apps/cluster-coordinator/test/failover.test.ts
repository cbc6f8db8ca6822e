import { randomBytes } from 'node:crypto';
import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CoordinatorGroup } from './support/coordinators.ts';
import type { CoordinatorProcess, LeaderView } from './support/coordinators.ts';

let group: CoordinatorGroup;
beforeAll(async () => {
  group = await CoordinatorGroup.make(3, { CLUSTER_KEY: randomBytes(32).toString('base64') });
});
// Each test finds all three running and agreed, whatever the one before did to them.
beforeEach(() => group.startMissing());
afterAll(() => group[Symbol.asyncDispose]());

/** Ids of this test's own: the registry lives on. */
async function idsAt(coordinator: CoordinatorProcess, prefix: string): Promise<string[]> {
  const { items } = await coordinator.get<{ items: { id: string }[] }>('/v1/nodes');
  return items.map(({ id }) => id).filter((id) => id.startsWith(prefix));
}

/** Asks everyone, again and again, who holds leadership, and counts how often two did at once. */
class LeadershipWatch {
  overlaps = 0;
  #over = false;
  readonly #done: Promise<void>;

  constructor(processes: readonly CoordinatorProcess[]) {
    this.#done = this.#look(processes);
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#done;
  }

  async #look(processes: readonly CoordinatorProcess[]): Promise<void> {
    while (!this.#over) {
      // The answers of one round are not of one moment: two held it at once only if both still do in a second round.
      const first = await termsHeld(processes);
      const second = await termsHeld(processes);
      if ([...second].filter((term) => first.has(term)).length > 1) this.overlaps += 1;
    }
  }
}

/** The terms of all that say they lead, with a lease. */
async function termsHeld(processes: readonly CoordinatorProcess[]): Promise<Set<number>> {
  const views = await Promise.all(
    processes.map(async (each): Promise<LeaderView | null> => {
      try {
        const response = await fetch(`${each.url}/v1/leader`, { signal: AbortSignal.timeout(300) });
        return (await response.json()) as LeaderView;
      } catch {
        return null;
      }
    }),
  );
  return new Set(views.flatMap((view) => (view?.isSelf === true ? [view.term] : [])));
}

describe('three real coordinators', () => {
  test('kill -9 of the leader: another leads in a higher term, requests go on, the registry is kept', async () => {
    const leader = await group.leader();
    const { term } = await leader.leader();
    const survivors = group.without(leader);
    const [one, other] = survivors;
    if (one === undefined || other === undefined) throw new Error('three were started');
    expect((await one.register('kill-before')).status).toBe(201);

    const watch = new LeadershipWatch(survivors);
    await leader.kill();
    expect((await one.register('kill-during')).status).toBe(201);
    const successor = await eventually(() => group.leader(survivors));
    await watch.stop();
    expect((await successor.leader()).term).toBeGreaterThan(term);
    expect(watch.overlaps).toBe(0);

    const both = ['kill-before', 'kill-during'];
    await eventually(async () => expect(await idsAt(other, 'kill-')).toEqual(both));
    await leader.start();
    await eventually(async () => expect(await idsAt(leader, 'kill-')).toEqual(both));
  });

  test('a stopped leader (SIGSTOP) loses its lease, and finds a successor when it wakes', async () => {
    const leader = await group.leader();
    const { term } = await leader.leader();
    const survivors = group.without(leader);
    const watch = new LeadershipWatch(group.all);
    leader.child.kill('SIGSTOP');
    const successor = await eventually(() => group.leader(survivors));
    leader.child.kill('SIGCONT');
    // The first answer after waking must not be that it leads: its lease ran out while it slept.
    const woken = await leader.leader();
    expect(woken.isSelf && woken.term === term).toBe(false);
    await eventually(async () => {
      expect((await leader.leader()).leaderId).toBe((await group.leader()).id);
    });
    await watch.stop();
    expect(watch.overlaps).toBe(0);
    expect((await successor.leader()).term).toBeGreaterThan(term);
  });

  test('a leader that is asked to stop hands over first', async () => {
    const leader = await group.leader();
    const { term } = await leader.leader();
    leader.child.kill('SIGTERM');
    expect(await leader.child.exited).toEqual({ code: 0, signal: null });
    const successor = await eventually(() => group.leader(group.without(leader)));
    // Exactly one election: nobody had to time out.
    expect((await successor.leader()).term).toBe(term + 1);
    expect((await successor.register('after')).status).toBe(201);
  });

  test('step-down moves the leader, whomever it is asked of', async () => {
    const leader = await group.leader();
    const [follower] = group.without(leader);
    if (follower === undefined) throw new Error('three were started');
    // A leader that has heard of nobody for half a second, as on a very busy machine, keeps the leadership for now.
    await eventually(async () => {
      const { status, body } = await follower.send('POST', '/v1/leader/step-down');
      expect(status).toBe(200);
      expect([leader.id, null]).not.toContain((body as LeaderView).leaderId);
    });
  });

  test('without a majority: writes are 503 with Retry-After, reads go on, marked stale; then all comes back', async () => {
    const [last, ...gone] = group.all;
    if (last === undefined) throw new Error('three were started');
    await last.register('alone-kept');
    await Promise.all(gone.map((each) => each.kill()));
    await eventually(async () => expect((await last.leader()).stale).toBe(true));

    const refused = await last.register('alone-unsure');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(refused.body).toMatchObject({
      code: expect.stringMatching(/no_leader|outcome_unknown/),
      retryable: true,
    });
    expect(await idsAt(last, 'alone-')).toEqual(['alone-kept']);
    expect(await last.get('/v1/nodes')).toMatchObject({ stale: true });
    expect((await fetch(`${last.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${last.url}/healthz`)).status).toBe(200);

    await gone[0]?.start();
    expect((await last.register('alone-again')).status).toBe(201);
  });

  test('all killed at once: everything acknowledged is there when they come back', async () => {
    const [one] = group.all;
    if (one === undefined) throw new Error('three were started');
    const ids = Array.from({ length: 30 }, (_, index) => `all-${index}`);
    const answers = await Promise.all(ids.map((id) => one.register(id)));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 201));
    await Promise.all(group.all.map((each) => each.kill()));
    await Promise.all(group.all.map((each) => each.start()));
    await eventually(async () => {
      expect((await idsAt(one, 'all-')).toSorted()).toEqual(ids.toSorted());
    });
  });
});
