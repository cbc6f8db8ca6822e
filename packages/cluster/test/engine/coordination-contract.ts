import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Coordination } from '../../src/engine/coordination.ts';
import type { Registration, RegistryChange } from '../../src/registry/registry-types.ts';

/** Three running coordinators that share what they coordinate. */
export interface TestCluster extends AsyncDisposable {
  readonly nodes: ReadonlyMap<string, Coordination>;
}

const patiently = { timeoutMs: 30_000 };
/** A busy machine may elect anew meanwhile, and that is not what is tested here. */
const writeMs = 30_000;

/** What election and registry promise, whatever they stand on. */
export function describeCoordination(name: string, start: () => Promise<TestCluster>): void {
  describe(`coordination by ${name}`, { timeout: 90_000 }, () => {
    let cluster: TestCluster;
    let count = 0;

    beforeAll(async () => {
      cluster = await start();
      await eventually(
        () => all().every((node) => node.isCurrent() && node.election.view().leaderId !== null),
        patiently,
      );
    }, 60_000);
    afterAll(() => cluster[Symbol.asyncDispose]());

    const all = () => [...cluster.nodes.values()];
    const one = (index: number): Coordination => {
      const node = all()[index];
      if (node === undefined) throw new Error(`no node ${index}`);
      return node;
    };
    const leader = () =>
      eventually(() => {
        const leading = [...cluster.nodes].filter(([, node]) => node.holdsLeadership());
        const [found] = leading;
        if (leading.length !== 1 || found === undefined) return null;
        const agreed = all().every((node) => node.election.view().leaderId === found[0]);
        return agreed ? { id: found[0], node: found[1] } : null;
      }, patiently);
    const registration = (more: Partial<Registration> = {}): Registration => {
      count += 1;
      return {
        id: `service-${count}`,
        service: 'test',
        host: '127.0.0.1',
        port: 8_000 + count,
        state: 'ready',
        ttlMs: 60_000,
        metadata: { zone: 'a' },
        ...more,
      };
    };
    /** All changes that a node tells about one id, from now on. */
    const changesOf = (node: Coordination, id: string) => {
      const changes: RegistryChange[] = [];
      node.registry.watch({
        onChange: (change) => {
          const about = change.kind === 'node' ? change.node.id : change.broadcast.id;
          if (about === id) changes.push(change);
        },
        onReset: () => undefined,
      });
      return changes;
    };
    const typesOf = (changes: RegistryChange[]) =>
      changes.map((change) => (change.kind === 'node' ? change.type : change.kind));

    describe('election', () => {
      it('has one leader that all agree on', async () => {
        const { id, node } = await leader();
        const { term } = node.election.view();
        expect(all().map((each) => each.election.view())).toEqual(all().map(() => ({ leaderId: id, term })));
        expect(term).toBeGreaterThan(0);
      });

      it('gives the leader a valid leadership with the term as its token', async () => {
        const { node } = await leader();
        const leadership = await node.election.campaign();
        expect(leadership.isValid()).toBe(true);
        expect(leadership.signal.aborted).toBe(false);
        expect(leadership.token).toBe(node.election.view().term);
        expect(() => leadership.assertValid()).not.toThrow();
      });

      it('hands over when the leader resigns, under a higher token', async () => {
        const { id, node } = await leader();
        const old = await node.election.campaign();
        const others = [...cluster.nodes]
          .filter(([other]) => other !== id)
          .map(([, other]) => other.election.campaign());
        await node.election.resign();
        const next = await Promise.race(others);
        expect(old.isValid()).toBe(false);
        expect(old.signal.aborted).toBe(true);
        expect(() => old.assertValid()).toThrow(expect.objectContaining({ code: 'not-leader' }));
        expect(next.token).toBeGreaterThan(old.token);
        await leader();
      });

      it('says how long leadership still holds, and that it is over', async () => {
        const { node } = await leader();
        const leadership = await node.election.campaign();
        expect(leadership.remainingMs()).toBeGreaterThan(0);
        // Renewed: never more than one lease ahead.
        expect(leadership.remainingMs()).toBeLessThanOrEqual(5_000);
        await node.election.resign();
        await eventually(() => expect(leadership.remainingMs()).toBe(0), patiently);
        expect(leadership.isValid()).toBe(false);
      });

      it('ends a campaign when its signal aborts', async () => {
        const { id } = await leader();
        const follower = [...cluster.nodes].find(([other]) => other !== id)?.[1] ?? one(0);
        const reason = new Error('changed my mind');
        const abort = new AbortController();
        const campaign = follower.election.campaign(abort.signal);
        abort.abort(reason);
        await expect(campaign).rejects.toBe(reason);
        await expect(follower.election.campaign(abort.signal)).rejects.toBe(reason);
      });

      it('tells observers who leads, at once and on each change', async () => {
        const seen: (string | null)[] = [];
        const before = await leader();
        const unobserve = one(0).election.observe(({ leaderId }) => seen.push(leaderId));
        expect(seen).toEqual([before.id]);
        await before.node.election.resign();
        await eventually(() => expect(seen.findLast((id) => id !== null)).not.toBe(before.id), patiently);
        unobserve();
      });
    });

    describe('registry', () => {
      it('registers through any coordinator, and all know it', async () => {
        const given = registration();
        const result = await one(1).registry.register(given, writeMs);
        expect(result).toMatchObject({ outcome: 'registered', node: given });
        for (const node of all()) {
          await eventually(() => expect(node.registry.get(given.id)).toMatchObject(given));
        }
        const [kept] = one(2)
          .registry.list({ service: 'test' })
          .filter(({ id }) => id === given.id);
        expect(kept?.registeredAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
        expect(
          one(0)
            .registry.list({ state: 'draining' })
            .map(({ id }) => id),
        ).not.toContain(given.id);
      });

      it('tells a renewal from a change', async () => {
        const given = registration();
        const first = await one(0).registry.register(given, writeMs);
        const again = await one(0).registry.register(given, writeMs);
        const changed = await one(0).registry.register(
          { ...given, state: 'draining', metadata: {} },
          writeMs,
        );
        expect([first, again, changed].map(({ outcome }) => outcome)).toEqual([
          'registered',
          'renewed',
          'updated',
        ]);
        const revisions = [first, again, changed].map((result) =>
          'node' in result ? result.node.revision : 0,
        );
        expect(revisions[1]).toBe(revisions[0]);
        expect(revisions[2]).toBeGreaterThan(revisions[0] ?? Infinity);
        const dates = [first, changed].map((result) => ('node' in result ? result.node.registeredAt : ''));
        expect(dates[1]).toBe(dates[0]);
      });

      it('refuses an id that is alive at another address', async () => {
        const given = registration();
        await one(0).registry.register(given, writeMs);
        const result = await one(1).registry.register({ ...given, port: 9_999 }, writeMs);
        expect(result).toMatchObject({ outcome: 'id-taken', node: { port: given.port } });
        await one(2).registry.remove(given.id, writeMs);
        const taken = await one(1).registry.register({ ...given, port: 9_999 }, writeMs);
        expect(taken.outcome).toBe('registered');
      });

      it('refuses what must not come in, whoever asks', async () => {
        const { registry } = one(1);
        const refused = expect.objectContaining({ code: 'bad-request' });
        for (const change of [
          { id: '../x' },
          { port: 0 },
          { ttlMs: 999 },
          { metadata: { a: 'x'.repeat(4_096) } },
        ]) {
          await expect(registry.register(registration(change), writeMs)).rejects.toEqual(refused);
        }
        const message = 'x'.repeat(4_096);
        await expect(registry.broadcast({ id: 'long', from: 'test', message }, writeMs)).rejects.toEqual(
          refused,
        );
      });

      it('removes, once', async () => {
        const given = registration();
        await one(0).registry.register(given, writeMs);
        await eventually(() => expect(one(2).registry.get(given.id)).not.toBeNull());
        const changes = changesOf(one(2), given.id);
        expect((await one(1).registry.remove(given.id, writeMs)).outcome).toBe('removed');
        expect((await one(1).registry.remove(given.id, writeMs)).outcome).toBe('unknown');
        await eventually(() => expect(one(2).registry.get(given.id)).toBeNull());
        await eventually(() => expect(typesOf(changes)).toEqual(['removed']));
      });

      it('forgets who does not renew, and keeps who does', async () => {
        const lost = registration({ ttlMs: 2_000 });
        const kept = registration({ ttlMs: 2_000 });
        const changes = changesOf(one(0), lost.id);
        await one(0).registry.register(lost, writeMs);
        await one(0).registry.register(kept, writeMs);
        const renewing = setInterval(
          () =>
            void one(1)
              .registry.register(kept, writeMs)
              .catch(() => undefined),
          400,
        );
        try {
          await eventually(() => expect(typesOf(changes)).toEqual(['registered', 'expired']), patiently);
          expect(one(0).registry.get(lost.id)).toBeNull();
          expect(one(0).registry.get(kept.id)).toMatchObject({ id: kept.id });
        } finally {
          clearInterval(renewing);
        }
      });

      it('tells changes in order, and again from a revision', async () => {
        const given = registration();
        const changes = changesOf(one(0), given.id);
        const before = one(0).registry.revision;
        await one(1).registry.register({ ...given, state: 'starting' }, writeMs);
        await one(1).registry.register(given, writeMs);
        await one(1).registry.remove(given.id, writeMs);
        await one(1).registry.register(given, writeMs);
        const types = ['registered', 'updated', 'removed', 'registered'];
        await eventually(() => expect(typesOf(changes)).toEqual(types));
        const revisions = changes.map(({ revision }) => revision);
        expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
        const isAbout = (change: RegistryChange) => change.kind === 'node' && change.node.id === given.id;
        const since = (revision: number) => one(0).registry.changesSince(revision)?.filter(isAbout);
        expect(since(before)).toEqual(changes);
        expect(since(revisions[1] ?? 0)).toEqual(changes.slice(2));
        expect(since(one(0).registry.revision)).toEqual([]);
        expect(one(0).registry.changesSince(one(0).registry.revision + 1_000)).toBeNull();
      });

      it('agrees on one of many that want the same id at once', async () => {
        const given = registration();
        const attempts = Array.from({ length: 12 }, (_, index) =>
          one(index % 3).registry.register({ ...given, port: 9_000 + index }, writeMs),
        );
        const results = await Promise.all(attempts);
        expect(results.filter(({ outcome }) => outcome === 'registered')).toHaveLength(1);
        expect(results.filter(({ outcome }) => outcome === 'id-taken')).toHaveLength(11);
      });

      it('shows after a sync what was acknowledged anywhere before', async () => {
        const given = registration();
        for (let round = 0; round < 10; round += 1) {
          await one(round % 3).registry.register({ ...given, metadata: { round: String(round) } }, writeMs);
          const others = [one((round + 1) % 3), one((round + 2) % 3)];
          // Two at once share what they can, and both must be as fresh.
          await Promise.all(
            others.map(async ({ registry }) => {
              await registry.sync(writeMs);
              expect(registry.get(given.id)?.metadata['round']).toBe(String(round));
            }),
          );
        }
        await one(0).registry.remove(given.id, writeMs);
        await one(1).registry.sync(writeMs);
        expect(one(1).registry.get(given.id)).toBeNull();
      });

      it('tells a broadcast to all, once', async () => {
        const heard = all().map((node) => changesOf(node, 'news-1'));
        const news = { id: 'news-1', from: 'test', message: { text: 'hello' } };
        const first = await one(0).registry.broadcast(news, writeMs);
        const again = await one(1).registry.broadcast({ ...news, message: 'other' }, writeMs);
        expect(first).toMatchObject({ outcome: 'broadcast', broadcast: news });
        expect(again).toMatchObject({ outcome: 'repeated', broadcast: news });
        for (const changes of heard) await eventually(() => expect(typesOf(changes)).toEqual(['broadcast']));
        expect(heard[2]?.[0]).toMatchObject({ kind: 'broadcast', broadcast: news });
      });
    });
  });
}
