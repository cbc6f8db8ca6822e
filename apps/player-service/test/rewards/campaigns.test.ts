import type { Database } from '@hanok/repository';
import { silentLogger } from '@hanok/service-kit';
import { eventually, SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCurrencies } from '../../src/ledger/currencies.ts';
import { Campaigns } from '../../src/rewards/campaigns.ts';
import { players } from '../../src/storage/entities.ts';
import {
  auditOf,
  gameLogOf,
  playerOf,
  problemOf,
  rewardOf,
  rewardsOf,
  rewardStateOf,
} from '../support/answers.ts';
import { failingAfter } from '../support/failing-database.ts';
import { databaseKinds, startTestApp, type TestApp } from '../support/test-app.ts';

const MANY = 10_200;

describe.each(databaseKinds)('large rewards on $name', ({ create }) => {
  let app: TestApp;
  let other: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  let firstId = 0;
  const workers: Campaigns[] = [];
  const worker = (database: Database, chunkPlayers = 1_000) => {
    const copies = { drop: () => Promise.resolve() };
    const events = { record: () => Promise.resolve() };
    const made = new Campaigns({
      database,
      copies,
      events,
      currencies: parseCurrencies([]),
      clock,
      logger: silentLogger,
      chunkPlayers,
    });
    workers.push(made);
    return made;
  };
  const give = (gold: number, key?: string) =>
    app.send('POST', '/v1/rewards', {
      body: { minLevel: 5, gold, reason: 'SEASON_END' },
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const stateOf = async (id: string | null) => rewardStateOf(await other.send('GET', `/v1/rewards/${id}`));
  const shownGold = async (id: number) => playerOf(await other.send('GET', `/v1/players/${id}`)).gold;
  // The workers that tests make themselves drop no cached copies: this is the truth.
  const goldOf = async (id: number) => (await app.database.repository(players).getById(id)).gold;
  const balances = async () => {
    const { rows } = await app.database.sql<{ gold: number; count: number }>`
      SELECT gold, COUNT(*) AS count FROM players WHERE level >= 5 GROUP BY gold ORDER BY gold`;
    return rows.map(({ gold, count }) => [gold, count]);
  };
  const isBalanced = async () => auditOf(await app.send('GET', '/v1/audit')).balanced;
  const done = (id: string | null) =>
    eventually(async () => {
      const state = await stateOf(id);
      if (state.status !== 'done') throw new Error(`still running, ${state.players} players`);
      return state;
    });

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    clock = new SimulatedClock();
    app = stack.use(await startTestApp({ databaseUrl, clock, isCacheShared: true }));
    other = stack.use(await startTestApp({ databaseUrl, clock, cache: app.cache }));
    const rows = Array.from({ length: MANY }, (_, i) => ({
      username: `many-${i}`,
      usernameKey: `many-${i}`,
      email: `many-${i}@example.com`,
      emailKey: `many-${i}@example.com`,
      level: 5,
    }));
    const [first] = await app.database.repository(players).insertMany(rows.slice(0, 5_100));
    await app.database.repository(players).insertMany(rows.slice(5_100));
    firstId = first?.id ?? 0;
    await app.send('POST', '/v1/players', { body: { username: 'beginner', email: 'beginner@example.com' } });
  });
  afterAll(async () => {
    await Promise.all(workers.map((each) => each.stop()));
    await stack.disposeAsync();
  });

  it('reaches everybody once, in the background, and then no cached copy is older', async () => {
    const ids = [firstId, firstId + 1];
    expect(await Promise.all(ids.map((id) => shownGold(id)))).toEqual([0, 0]);
    const reply = await give(3, 'season-1');
    expect(reply.status).toBe(202);
    const begun = rewardOf(reply);
    expect(begun).toMatchObject({ status: 'running', players: 0, transactionId: null });
    expect(reply.headers['location']).toBe(`/v1/rewards/${begun.id}`);
    expect(await done(begun.id)).toMatchObject({ players: MANY, refused: 0, totalGold: 3 * MANY });
    expect(await balances()).toEqual([[3, MANY]]);
    expect(await Promise.all(ids.map((id) => shownGold(id)))).toEqual([3, 3]);
    expect(rewardOf(await give(3, 'season-1')).id).toBe(begun.id);
    const log = gameLogOf(await app.send('GET', '/v1/game-log?event=SEASON_END'));
    expect(log.items).toMatchObject([
      { details: { players: MANY, totalGold: 3 * MANY, rewardId: begun.id } },
    ]);
    expect(await isBalanced()).toBe(true);
  });

  it('goes on after a crash where it stopped, at whichever process', async () => {
    const before = await balances();
    const [reward] = (
      await app.database.sql<{ id: number }>`
      INSERT INTO rewards (status, reason, gold, min_level, max_level, up_to, progress, players, refused,
        total_gold, created_at, worked_until)
      VALUES ('running', 'RESUMED', 2, 5, 1000000, ${firstId + MANY}, 0, 0, 0, 0, ${clock.now()}, ${clock.now()})
      RETURNING id`
    ).rows;
    const id = String(reward?.id);
    await expect(worker(failingAfter(app.database, 4), 700).run()).rejects.toThrow(
      'the test pulled the plug',
    );
    const stopped = await stateOf(id);
    expect(stopped).toMatchObject({ status: 'running', players: 4 * 700 });

    const heir = worker(other.database, 900);
    await heir.run();
    expect(await stateOf(id), 'its lease still runs').toEqual(stopped);
    await clock.advance(10_000);
    await Promise.all([heir.run(), worker(app.database, 800).run()]);
    expect(await done(id)).toMatchObject({ players: MANY, totalGold: 2 * MANY });
    expect(await balances()).toEqual(before.map(([gold = 0, count]) => [gold + 2, count]));
    expect(await isBalanced()).toBe(true);
  });

  it('is left to the next process at once by one that stops in order', async () => {
    const before = await balances();
    const { rows } = await app.database.sql<{ id: number }>`
      INSERT INTO rewards (status, reason, gold, min_level, max_level, up_to, progress, players, refused,
        total_gold, created_at)
      VALUES ('running', 'HANDED_OVER', 1, 5, 1000000, ${firstId + MANY}, 0, 0, 0, 0, ${clock.now()})
      RETURNING id`;
    const leaver = worker(app.database, 100);
    const work = leaver.run();
    await leaver.stop();
    await work;
    expect((await stateOf(String(rows[0]?.id))).status).toBe('running');
    await worker(other.database).run();
    expect(await stateOf(String(rows[0]?.id))).toMatchObject({ status: 'done', players: MANY });
    expect(await balances()).toEqual(before.map(([gold = 0, count]) => [gold + 1, count]));
  });

  it('pays nobody twice when several processes work at once', async () => {
    const before = await balances();
    const { id } = rewardOf(await give(1));
    await Promise.all([worker(app.database, 500).run(), worker(other.database, 500).run()]);
    expect(await done(id)).toMatchObject({ players: MANY });
    expect(await balances()).toEqual(before.map(([gold = 0, count]) => [gold + 1, count]));
  });

  it('counts who cannot hold the gold', async () => {
    const setGold = (gold: number) =>
      app.database.sql`UPDATE players SET gold = ${gold} WHERE id = ${firstId}`;
    const had = await goldOf(firstId);
    await setGold(Number.MAX_SAFE_INTEGER);
    const { id } = rewardOf(await give(1));
    expect(await done(id)).toMatchObject({ players: MANY - 1, refused: 1, totalGold: MANY - 1 });
    await setGold(had);
    expect(await isBalanced()).toBe(true);
  });

  it('takes a reward back as far as it is still there', async () => {
    const { id } = rewardOf(await give(100));
    await done(id);
    const [spender, partly] = [firstId + 3, firstId + 4];
    const spend = async (player: number, keep: number) => {
      await app.send('POST', `/v1/players/${player}/gold`, {
        body: { amount: keep - (await goldOf(player)), reason: 'SHOP' },
      });
    };
    await spend(spender, 0);
    await spend(partly, 40);
    const untouched = await goldOf(firstId + 5);

    const reply = await app.send('POST', `/v1/rewards/${id}/reversal`, {
      body: { description: 'A mistake' },
    });
    expect(reply.status).toBe(202);
    const reversal = rewardStateOf(reply);
    expect(reversal).toMatchObject({ status: 'running', reversalOf: id, gold: -100 });
    const state = await done(reversal.id);
    expect(state).toMatchObject({ players: MANY - 1, refused: 1, totalGold: -(100 * (MANY - 2) + 40) });
    expect(await Promise.all([spender, partly, firstId + 5].map((player) => goldOf(player)))).toEqual([
      0,
      0,
      untouched - 100,
    ]);
    expect(await isBalanced()).toBe(true);

    const again = await app.send('POST', `/v1/rewards/${id}/reversal`, { body: {} });
    expect(problemOf(again)).toMatchObject({ status: 409, code: 'reward_not_reversible' });
    const reversed = await app.send('POST', `/v1/rewards/${reversal.id}/reversal`, { body: {} });
    expect(reversed.status).toBe(409);
    expect((await app.send('POST', '/v1/rewards/4711/reversal', { body: {} })).status).toBe(404);
    const log = gameLogOf(await app.send('GET', '/v1/game-log?event=SEASON_END_REVERSED'));
    expect(log.items).toMatchObject([{ description: 'A mistake', details: { reversalOf: id } }]);
  });

  it('lists rewards, newest first', async () => {
    const { items } = rewardsOf(await app.send('GET', '/v1/rewards?status=done&limit=2'));
    expect(items).toHaveLength(2);
    expect(Number(items[0]?.id)).toBeGreaterThan(Number(items[1]?.id));
    expect(rewardsOf(await app.send('GET', '/v1/rewards?status=running')).items).toEqual([]);
    expect((await app.send('GET', '/v1/rewards/4711')).status).toBe(404);
    expect((await app.send('GET', '/v1/rewards/9223372036854775807')).status).toBe(404);
  });
});
