import { join } from 'node:path';
import { eventually as eventuallyWithin, freePorts } from '@hanok/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CoordinatorGroup, CoordinatorProcess } from './support/coordinators.ts';

/** Several elections may be needed on a machine that is busy with other things. */
function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return eventuallyWithin(check, { timeoutMs: 60_000 });
}

interface VoterView {
  readonly id: string;
  readonly role: 'voter' | 'learner';
  readonly trusted: boolean;
  readonly storageId: string | null;
}

let group: CoordinatorGroup;
beforeEach(async () => {
  group = await CoordinatorGroup.start(3);
});
afterEach(() => group[Symbol.asyncDispose]());

async function votersAt(coordinator: CoordinatorProcess): Promise<readonly VoterView[]> {
  return (await coordinator.get<{ items: VoterView[] }>('/v1/voters')).items;
}

/** Ids and roles, as `coordinator-1 voter`. */
async function rolesAt(coordinator: CoordinatorProcess): Promise<string[]> {
  return (await votersAt(coordinator)).map(({ id, role }) => `${id} ${role}`).toSorted();
}

function addressOf({ clusterPort }: CoordinatorProcess) {
  return { host: '127.0.0.1', port: clusterPort };
}

/** Repeats a change until it is taken: a leader may fall meanwhile, and its answer with it. */
async function change(
  at: CoordinatorProcess,
  method: 'PUT' | 'DELETE',
  id: string,
  body?: Record<string, unknown>,
): Promise<void> {
  await eventually(async () => {
    const { status, body: answer } = await at.send(method, `/v1/voters/${id}`, body);
    const isDone = status < 300 || (method === 'DELETE' && status === 404);
    if (!isDone) throw new Error(`${method} ${id}: ${status} ${JSON.stringify(answer)}`);
  });
}

/** Registers one node after another until it is stopped, and remembers those that were acknowledged. */
class Writer {
  readonly acknowledged: string[] = [];
  #over = false;
  readonly #done: Promise<void>;

  constructor(at: CoordinatorProcess) {
    this.#done = this.#write(at);
  }

  async stop(): Promise<readonly string[]> {
    this.#over = true;
    await this.#done;
    return this.acknowledged;
  }

  /** What is not acknowledged, be it for want of a leader, is not waited for. */
  async #write(at: CoordinatorProcess): Promise<void> {
    for (let count = 0; !this.#over; count += 1) {
      const answer = await at.register(`write-${count}`).catch(() => null);
      if (answer?.status === 201) this.acknowledged.push(`write-${count}`);
    }
  }
}

/** What the history of a coordinator tells of a voter, in order. */
async function historyOf(at: CoordinatorProcess, voter: string): Promise<string[]> {
  interface Logged {
    readonly type: string;
    readonly changes: readonly { readonly id: string; readonly change: string }[];
  }
  const { items } = await at.get<{ items: Logged[] }>('/v1/history?limit=1000');
  const changes = items.toReversed().flatMap((event) => (event.type === 'voters' ? event.changes : []));
  return changes.filter(({ id }) => id === voter).map(({ change: kind }) => kind);
}

async function idsAt(coordinator: CoordinatorProcess): Promise<string[]> {
  const { items } = await coordinator.get<{ items: { id: string }[] }>('/v1/nodes');
  return items.map(({ id }) => id);
}

describe('voters are replaced while the registry is written to', { timeout: 180_000 }, () => {
  test('one with a wiped disk is refused, removed, added anew, and counts again; nothing is lost', async () => {
    const leader = await group.leader();
    const [lost, other] = group.without(leader);
    if (lost === undefined || other === undefined) throw new Error('three were started');
    await eventually(async () => {
      for (const { storageId } of await votersAt(leader)) expect(storageId).not.toBeNull();
    });
    const writer = new Writer(other);
    await eventually(() => expect(writer.acknowledged.length).toBeGreaterThan(5));

    await lost.kill();
    await lost.loseDisk();
    await lost.start('alive');
    await eventually(async () => {
      const voter = (await votersAt(leader)).find(({ id }) => id === lost.id);
      expect(voter).toMatchObject({ role: 'voter', trusted: false });
    });

    const { port, host } = addressOf(lost);
    await change(other, 'DELETE', lost.id);
    await change(other, 'PUT', lost.id, { host, port });
    const all = group.all.map(({ id }) => `${id} voter`);
    await eventually(async () => {
      for (const each of group.all) expect(await rolesAt(each)).toEqual(all);
    });
    const before = writer.acknowledged.length;
    await eventually(() => expect(writer.acknowledged.length).toBeGreaterThan(before + 5));
    const acknowledged = await writer.stop();

    expect((await historyOf(leader, lost.id)).slice(-4)).toEqual([
      'removed',
      'added',
      'disk-known',
      'promoted',
    ]);

    // Now it counts: with it, one of the two others may go.
    await other.kill();
    expect((await leader.register('with-the-new-disk')).status).toBe(201);
    await eventually(async () => {
      expect(await idsAt(lost)).toEqual(expect.arrayContaining([...acknowledged, 'with-the-new-disk']));
    });
  });

  test('the leader itself is replaced by a new coordinator', async () => {
    const leader = await group.leader();
    const [one] = group.without(leader);
    const [port, clusterPort] = await freePorts(2);
    if (one === undefined || port === undefined || clusterPort === undefined)
      throw new Error('three were started');
    const writer = new Writer(one);

    await using newcomer = new CoordinatorProcess('coordinator-4', `http://127.0.0.1:${port}`, {
      NODE_ID: 'coordinator-4',
      PORT: String(port),
      CLUSTER_PORT: String(clusterPort),
      CLUSTER_VOTERS: group.all.map(({ id, clusterPort: at }) => `${id}@127.0.0.1:${at}`).join(','),
      CLUSTER_JOIN: 'true',
      DATA_DIR: join(leader.dataDir, '..', 'coordinator-4'),
      LOG_LEVEL: 'info',
    });
    await newcomer.start('alive');
    await change(one, 'PUT', newcomer.id, addressOf(newcomer));
    await eventually(async () => expect(await rolesAt(newcomer)).toContain('coordinator-4 voter'));
    await change(one, 'DELETE', leader.id);

    const left = [...group.without(leader), newcomer];
    const expected = left.map(({ id }) => `${id} voter`);
    await eventually(async () => {
      for (const each of left) expect(await rolesAt(each)).toEqual(expected);
      await group.leader(left);
    });
    const before = writer.acknowledged.length;
    await eventually(() => expect(writer.acknowledged.length).toBeGreaterThan(before + 5));
    const acknowledged = await writer.stop();
    await eventually(async () => {
      expect(await idsAt(newcomer)).toEqual(expect.arrayContaining([...acknowledged]));
    });
    expect(await leader.leader()).toMatchObject({ isSelf: false });
    expect(await historyOf(one, leader.id)).toContain('removed');
    const told = await historyOf(one, newcomer.id);
    expect(told.slice(0, 1)).toEqual(['added']);
    expect(told).toContain('promoted');
    await one.kill();
    await one.start('alive');
    expect(await historyOf(one, newcomer.id)).toEqual(told);
  });
});
