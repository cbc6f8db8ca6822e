import { seededRng } from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { auditOf, playerOf } from './support/answers.ts';
import { sendTo, startService, type ServiceProcess } from './support/service-process.ts';
import { databaseKinds } from './support/test-app.ts';

const SEED = 20_260_131;
const CYCLES = 3;
const CLIENTS = 12;

/** One intended change; it is sent under its key until it is answered. */
interface Intent {
  readonly key: string;
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: unknown;
  /** Change of gold by player. */
  readonly effect: ReadonlyMap<string, number>;
}

describe.each(databaseKinds)('kill -9 under a load of mixed writes on $name', ({ create }) => {
  it('keeps every acknowledged write, applies none twice, and balances', { timeout: 120_000 }, async () => {
    await using database = await create();
    const settings = { DATABASE_URL: database.url, CACHE_URL: 'memory:' };
    const rng = seededRng(SEED);
    const pick = (count: number) => Math.floor(rng.next() * count);
    let service: ServiceProcess = await startService(settings);
    const players: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      const body = { username: `player-${i}`, email: `player-${i}@example.com`, level: 5, gold: 1_000 };
      players.push(playerOf(await service.send('POST', '/v1/players', { body })).id);
    }
    const intended = new Map(players.map((id) => [id, 1_000]));
    const acknowledged: Intent[] = [];
    const unanswered: Intent[] = [];
    let created = players.length;

    const nextIntent = (key: string): Intent => {
      const [one = '', two = ''] = [players[pick(4)], players[4 + pick(4)]];
      const amount = 1 + pick(5);
      switch (pick(10)) {
        case 0: {
          const body = { minLevel: 5, maxLevel: 5, gold: amount, reason: 'GOLD_BONUS' };
          return {
            key,
            method: 'POST',
            path: '/v1/rewards',
            body,
            effect: new Map(players.map((id) => [id, amount])),
          };
        }
        case 1: {
          created += 1;
          const body = { username: `new-${key}`, email: `new-${key}@example.com`, gold: amount };
          return { key, method: 'POST', path: '/v1/players', body, effect: new Map() };
        }
        case 2:
          return {
            key,
            method: 'PATCH',
            path: `/v1/players/${one}`,
            body: { experience: amount },
            effect: new Map(),
          };
        case 3:
        case 4: {
          const body = { amount, reason: 'QUEST' };
          return {
            key,
            method: 'POST',
            path: `/v1/players/${two}/gold`,
            body,
            effect: new Map([[two, amount]]),
          };
        }
        default: {
          const body = { fromPlayerId: one, toPlayerId: two, amount, reason: 'TRADE' };
          const effect = new Map([
            [one, -amount],
            [two, amount],
          ]);
          return { key, method: 'POST', path: '/v1/transfers', body, effect };
        }
      }
    };
    const perform = (url: string, { key, method, path, body }: Intent) =>
      sendTo(url, method, path, { body, headers: { 'idempotency-key': key } });
    const acknowledge = (intent: Intent) => {
      acknowledged.push(intent);
      for (const [id, amount] of intent.effect) intended.set(id, (intended.get(id) ?? 0) + amount);
    };

    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const { url, child } = service;
      const end = new AbortController();
      const client = async (number: number) => {
        for (let i = 0; !end.signal.aborted; i += 1) {
          const intent = nextIntent(`${cycle}-${number}-${i}`);
          try {
            const { status, body } = await perform(url, intent);
            if (status >= 300) throw new Error(`${intent.path} answered ${status}: ${JSON.stringify(body)}`);
            acknowledge(intent);
          } catch (error) {
            unanswered.push(intent);
            if (!end.signal.aborted) throw error;
          }
        }
      };
      const clients = Promise.allSettled(Array.from({ length: CLIENTS }, (_, number) => client(number)));
      const enough = acknowledged.length + 40 + pick(60);
      while (acknowledged.length < enough) await sleep(5);
      end.abort();
      child.kill('SIGKILL');
      await child.exited;
      expect((await clients).filter(({ status }) => status === 'rejected')).toEqual([]);

      service = await startService(settings);
      expect(auditOf(await service.send('GET', '/v1/audit'))).toMatchObject({
        balanced: true,
        sumOfAllEntries: 0,
      });
      // Nobody knows of these whether they happened. Sent again under their keys, each happens exactly once.
      for (const intent of unanswered.splice(0)) {
        expect((await perform(service.url, intent)).status).toBeLessThan(300);
        acknowledge(intent);
      }
      const gold = await Promise.all(
        players.map(
          async (id) => [id, playerOf(await service.send('GET', `/v1/players/${id}`)).gold] as const,
        ),
      );
      expect(new Map(gold)).toEqual(intended);
    }

    for (const intent of acknowledged.filter((_, i) => i % 5 === 0)) {
      const again = await perform(service.url, intent);
      expect(again.headers['idempotency-replayed'], intent.key).toBe('true');
    }
    const report = auditOf(await service.send('GET', '/v1/audit'));
    expect(report).toMatchObject({ balanced: true, players: created });
    await service[Symbol.asyncDispose]();
  });
});
