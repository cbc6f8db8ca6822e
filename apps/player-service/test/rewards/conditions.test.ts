import type { Database } from '@hanok/repository';
import { silentLogger } from '@hanok/service-kit';
import { eventually, SimulatedClock } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCurrencies } from '../../src/ledger/currencies.ts';
import { Campaigns } from '../../src/rewards/campaigns.ts';
import type { Condition } from '../../src/rewards/conditions.ts';
import { beginReversal } from '../../src/rewards/reversal.ts';
import { players, rewards } from '../../src/storage/entities.ts';
import { playerOf, problemOf, rewardOf, rewardStateOf } from '../support/answers.ts';
import { failingAfter } from '../support/failing-database.ts';
import { databaseKinds, startTestApp, type TestApp } from '../support/test-app.ts';

const DAY_MS = 86_400_000;

describe.each(databaseKinds)('conditions of rewards on $name', ({ create }) => {
  let app: TestApp;
  let clock: SimulatedClock;
  let stack: AsyncDisposableStack;
  let begunAtMs = 0;
  const ids: string[] = [];
  const iso = (days: number) => new Date(begunAtMs + days * DAY_MS).toISOString();
  const preview = async (conditions: readonly Condition[], more: object = {}) =>
    rewardOf(
      await app.send('POST', '/v1/rewards', {
        body: { gold: 1, reason: 'BONUS', dryRun: true, conditions, ...more },
      }),
    );
  /** Which of the players, by their numbers, a reward would reach. */
  const reached = async (...conditions: Condition[]) => {
    const { sample, players: count } = await preview(conditions);
    expect(count).toBe(sample.length);
    return sample.map((id) => ids.indexOf(id));
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    clock = new SimulatedClock();
    begunAtMs = clock.now();
    app = stack.use(await startTestApp({ databaseUrl, clock, currencies: ['gems', 'karma:negative'] }));
    // One player a day, each with ten gold more; the even ones log in when the last has come.
    for (let i = 0; i < 4; i += 1) {
      const body = { username: `player-${i}`, email: `player-${i}@example.com`, gold: i * 10, level: i + 1 };
      ids.push(playerOf(await app.send('POST', '/v1/players', { body })).id);
      await clock.advance(DAY_MS);
    }
    for (const i of [0, 2]) await app.send('POST', '/v1/sessions', { body: { playerId: ids[i] } });
    const book = (i: number, currency: string, amount: number) =>
      app.send('POST', `/v1/players/${ids[i]}/balances/${currency}`, { body: { amount, reason: 'QUEST' } });
    await book(1, 'gems', 5);
    await book(2, 'karma', -5);
  });
  afterAll(() => stack.disposeAsync());

  it('hold of balances, also of those nobody has touched, and of debts', async () => {
    expect(await reached({ balance: { max: 10 } })).toEqual([0, 1]);
    expect(await reached({ balance: { currency: 'gold', min: 10, max: 20 } })).toEqual([1, 2]);
    expect(await reached({ balance: { currency: 'gems', max: 4 } })).toEqual([0, 2, 3]);
    expect(await reached({ balance: { currency: 'gems', min: 1 } })).toEqual([1]);
    expect(await reached({ balance: { currency: 'karma', max: -1 } })).toEqual([2]);
  });

  it('hold of times: from one, and before another', async () => {
    expect(await reached({ createdAt: { from: iso(1) } })).toEqual([1, 2, 3]);
    expect(await reached({ createdAt: { before: iso(1) } })).toEqual([0]);
    expect(await reached({ createdAt: { from: iso(1), before: iso(3) } })).toEqual([1, 2]);
    expect(await reached({ lastLoginAt: { from: iso(4) } })).toEqual([0, 2]);
    expect(await reached({ lastLoginAt: { before: iso(4) } }), 'who never came').toEqual([1, 3]);
    expect(await reached({ lastLoginAt: { from: iso(0), before: iso(4) } })).toEqual([]);
  });

  it('hold of players by their ids; ids that nobody has are merely nobody', async () => {
    const [one = '', , three = ''] = ids;
    expect(await reached({ playerIds: [three, one, one] })).toEqual([0, 2]);
    expect(await reached({ playerIds: ['4711', '9999999999999999999'] })).toEqual([]);
  });

  it('must all hold, with the range of levels', async () => {
    const rich = { balance: { min: 10 } };
    expect(
      await reached(rich, { createdAt: { before: iso(3) } }, { balance: { currency: 'gems', max: 0 } }),
    ).toEqual([2]);
    expect((await preview([rich], { minLevel: 3 })).players).toBe(2);
  });

  it('decide who is paid, are shown with the reward, and are those of its reversal', async () => {
    const conditions = [{ balance: { currency: 'gold', min: 20 } }, { lastLoginAt: { from: iso(4) } }];
    const body = { gold: 7, reason: 'BONUS', conditions };
    const given = rewardOf(await app.send('POST', '/v1/rewards', { body }));
    expect(given).toMatchObject({ status: 'done', players: 1, sample: [ids[2]] });
    const shown = rewardStateOf(await app.send('GET', `/v1/rewards/${given.id}`));
    expect(shown.conditions).toEqual(conditions);
    const reply = await app.send('POST', `/v1/rewards/${given.id}/reversal`, { body: {} });
    expect(rewardStateOf(reply).conditions).toEqual(conditions);
    await app.housekeeping.runOnce();
  });

  it.each<[string, unknown]>([
    ['body.conditions.0.balance.max', [{ balance: { min: 5, max: 4 } }]],
    ['body.conditions.0.balance.min', [{ balance: { currency: 'gems' } }]],
    ['body.conditions.0.balance.currency', [{ balance: { currency: 'shells', min: 1 } }]],
    [
      'body.conditions.1.createdAt.before',
      [
        { balance: { min: 1 } },
        { createdAt: { from: '2026-01-02T00:00:00Z', before: '2026-01-02T00:00:00Z' } },
      ],
    ],
    ['body.conditions.0.lastLoginAt.from', [{ lastLoginAt: { from: 'yesterday' } }]],
    ['body.conditions.0.lastLoginAt', [{ lastLoginAt: {} }]],
    ['body.conditions.0', [{}]],
    ['body.conditions.0', [{ balance: { min: 1 }, playerIds: ['1'] }]],
    ['body.conditions.0.playerIds', [{ playerIds: [] }]],
    ['body.conditions.0.playerIds', [{ playerIds: Array.from({ length: 1_001 }, () => '1') }]],
    ['body.conditions.0.level', [{ level: 5 }]],
    ['body.conditions', Array.from({ length: 11 }, () => ({ balance: { min: 1 } }))],
  ])('are refused by name: %s', async (field, conditions) => {
    const reply = await app.send('POST', '/v1/rewards', { body: { gold: 1, reason: 'BONUS', conditions } });
    expect(reply.status).toBe(400);
    expect(problemOf(reply).errors?.map((error) => error.field)).toContain(field);
  });
});

describe.each(databaseKinds)('a reward for a few of very many players on $name', ({ create }) => {
  it('is given at once when an index finds them, and bit by bit when all have to be looked at', async () => {
    await using stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    const app = stack.use(await startTestApp({ databaseUrl, clock: new SimulatedClock() }));
    for (const i of [1, 2]) {
      const body = { username: `player-${i}`, email: `player-${i}@example.com`, level: i, gold: 1 };
      await app.send('POST', '/v1/players', { body });
    }
    // As if all in between had been erased.
    await app.database
      .sql`INSERT INTO players (id, username, username_key, email, email_key, level, gold, created_at, version)
      VALUES (150000, 'late', 'late', 'late@example.com', 'late@example.com', 3, 0, 0, 1)`;
    const give = async (more: object) => {
      const reply = await app.send('POST', '/v1/rewards', { body: { gold: 5, reason: 'BONUS', ...more } });
      return rewardOf(reply);
    };
    expect(await give({ minLevel: 3 })).toMatchObject({ status: 'done', players: 1, sample: ['150000'] });
    const named = { conditions: [{ playerIds: ['2', '150000'] }, { balance: { max: 4 } }] };
    expect(await give(named)).toMatchObject({ status: 'done', players: 1, sample: ['2'] });
    const poor = { conditions: [{ balance: { max: 5 } }] };
    const dryRun = await give({ ...poor, dryRun: true });
    expect(dryRun).toMatchObject({ players: 2, totalGold: 10, sample: ['1', '150000'] });
    const { id, status } = await give(poor);
    expect(status).toBe('running');
    await app.housekeeping.runOnce();
    await eventually(async () => {
      const state = rewardStateOf(await app.send('GET', `/v1/rewards/${id}`));
      expect(state).toMatchObject({ status: 'done', players: 2, totalGold: 10 });
    });
  });
});

describe.each(databaseKinds)('a large reward whose conditions change meanwhile, on $name', ({ create }) => {
  const MANY = 3_000;
  const CHUNK = 200;

  it('judges each player once, by what it is when its turn comes, across a crash; and is taken back from exactly these', async () => {
    await using stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    const clock = new SimulatedClock();
    const app = stack.use(await startTestApp({ databaseUrl, clock }));
    const made = Array.from({ length: MANY }, (_, i) => ({
      username: `many-${i}`,
      usernameKey: `many-${i}`,
      email: `many-${i}@example.com`,
      emailKey: `many-${i}@example.com`,
      gold: i % 20,
    }));
    await app.database.repository(players).insertMany(made);
    const goldById = async () => {
      const { rows } = await app.database.sql<{
        id: number;
        gold: number;
      }>`SELECT id, gold FROM players ORDER BY id`;
      return new Map(rows.map(({ id, gold }) => [id, gold]));
    };
    const paidBy = async (rewardId: number) => {
      const { rows } = await app.database.sql<{ id: number }>`
        SELECT e.player_id AS id FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
        WHERE t.reward_id = ${rewardId} AND e.player_id IS NOT NULL ORDER BY e.player_id`;
      return rows.map(({ id }) => id);
    };
    const workOn = (database: Database) =>
      new Campaigns({
        database,
        copies: { drop: () => Promise.resolve() },
        events: { record: () => Promise.resolve() },
        currencies: parseCurrencies([]),
        clock,
        logger: silentLogger,
        chunkPlayers: CHUNK,
      }).run();

    const before = await goldById();
    const { id } = await app.database.repository(rewards).insert({
      reason: 'POOR',
      gold: 100,
      minLevel: 1,
      maxLevel: 1_000_000,
      conditions: [{ balance: { max: 9 } }],
      upTo: Math.max(...before.keys()),
    });
    await expect(workOn(failingAfter(app.database, 5))).rejects.toThrow('the test pulled the plug');
    const { progress } = await app.database.repository(rewards).getById(id);
    const early = [...before]
      .filter(([player, gold]) => player <= progress && gold <= 9)
      .map(([player]) => player);
    expect(await paidBy(id)).toEqual(early);
    expect(early).toHaveLength(5 * CHUNK);

    // Who was poor is rich now, and the other way round: among those judged already, and among the others.
    await app.database.sql`UPDATE players SET gold = CASE WHEN gold > 19 THEN gold ELSE 19 - gold END`;
    const turned = await goldById();
    await clock.advance(10_000);
    await workOn(app.database);
    const late = [...turned]
      .filter(([player, gold]) => player > progress && gold <= 9)
      .map(([player]) => player);
    expect(late.length).toBeGreaterThan(0);
    expect(await paidBy(id)).toEqual([...early, ...late]);
    const reward = await app.database.repository(rewards).getById(id);
    expect(reward).toMatchObject({ status: 'done', players: early.length + late.length, refused: 0 });
    const lately = new Set(late);
    expect(await goldById()).toEqual(
      new Map([...turned].map(([player, gold]) => [player, lately.has(player) ? gold + 100 : gold])),
    );

    const reversal = await app.database.transaction((tx) => beginReversal(tx, id, undefined));
    await expect(workOn(failingAfter(app.database, 3))).rejects.toThrow('the test pulled the plug');
    await clock.advance(10_000);
    await workOn(app.database);
    expect(await paidBy(reversal.id)).toEqual([...early, ...late]);
    const earlier = new Set(early);
    expect(await goldById()).toEqual(
      new Map([...turned].map(([player, gold]) => [player, earlier.has(player) ? gold - 100 : gold])),
    );
  });
});
