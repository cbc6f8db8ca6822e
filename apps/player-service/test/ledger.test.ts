import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditOf, bookedOf, gameLogOf, ledgerOf, playerOf, problemOf, rewardOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

describe.each(databaseKinds)('ledger and rewards on $name', ({ create }) => {
  let app: TestApp;
  let stack: AsyncDisposableStack;
  let count = 0;
  const register = async (extra: object = {}) => {
    count += 1;
    const body = { username: `player-${count}`, email: `player-${count}@example.com`, ...extra };
    return playerOf(await app.send('POST', '/v1/players', { body }));
  };
  const give = (id: string, amount: number, key?: string) =>
    app.send('POST', `/v1/players/${id}/gold`, {
      body: { amount, reason: 'QUEST_REWARD', reference: 'quest-1', description: 'A quest' },
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const goldOf = async (id: string) => playerOf(await app.send('GET', `/v1/players/${id}`)).gold;
  const expectBalanced = async () => {
    const report = auditOf(await app.send('GET', '/v1/audit'));
    expect(report).toMatchObject({ balanced: true, sumOfAllEntries: 0, differences: [] });
    expect(report.goldInEntries).toBe(report.goldInBalances);
    return report;
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const database = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl: database.url }));
  });
  afterAll(() => stack.disposeAsync());

  it('gives and takes gold, with an entry for each', async () => {
    const { id } = await register();
    const given = await give(id, 100);
    expect(given.status).toBe(201);
    expect(bookedOf(given)).toMatchObject({ playerId: id, amount: 100, balance: 100 });
    expect(bookedOf(await give(id, -30)).balance).toBe(70);
    expect(await goldOf(id)).toBe(70);
    const { items } = ledgerOf(await app.send('GET', `/v1/players/${id}/ledger`));
    expect(items).toMatchObject([
      { amount: -30, balanceAfter: 70, reason: 'QUEST_REWARD', reference: 'quest-1', description: 'A quest' },
      { amount: 100, balanceAfter: 100, currency: 'gold' },
    ]);
    expect(items[1]?.transactionId).toBe(bookedOf(given).transactionId);
  });

  it('never lets a balance become negative or inexact', async () => {
    const { id } = await register({ gold: 50 });
    const broke = await give(id, -51);
    expect(broke.status).toBe(409);
    expect(problemOf(broke).code).toBe('insufficient_funds');
    const rich = await give(id, Number.MAX_SAFE_INTEGER);
    expect(rich.status).toBe(409);
    expect(problemOf(rich).code).toBe('balance_limit');
    expect(await goldOf(id)).toBe(50);
    expect(ledgerOf(await app.send('GET', `/v1/players/${id}/ledger`)).items).toHaveLength(1);
  });

  it('moves gold between players, both sides or none', async () => {
    const from = await register({ gold: 50 });
    const to = await register();
    const move = (amount: number, toPlayerId = to.id) =>
      app.send('POST', '/v1/transfers', {
        body: { fromPlayerId: from.id, toPlayerId, amount, reason: 'TRADE' },
      });
    expect((await move(20)).body).toMatchObject({ amount: 20, fromBalance: 30, toBalance: 20 });
    expect((await move(31)).status).toBe(409);
    expect((await move(1, '999999')).status).toBe(404);
    expect((await move(1, from.id)).status).toBe(400);
    expect([await goldOf(from.id), await goldOf(to.id)]).toEqual([30, 20]);
  });

  it('does not pay a deleted player', async () => {
    const { id } = await register();
    await app.send('DELETE', `/v1/players/${id}`);
    expect((await give(id, 5)).status).toBe(404);
    expect(ledgerOf(await app.send('GET', `/v1/players/${id}/ledger`)).items).toEqual([]);
  });

  it('pages through a ledger', async () => {
    const { id } = await register();
    for (const amount of [1, 2, 3, 4, 5]) await give(id, amount);
    const first = ledgerOf(await app.send('GET', `/v1/players/${id}/ledger?limit=3`));
    const rest = ledgerOf(
      await app.send('GET', `/v1/players/${id}/ledger?limit=3&cursor=${first.nextCursor}`),
    );
    expect([...first.items, ...rest.items].map(({ amount }) => amount)).toEqual([5, 4, 3, 2, 1]);
    expect(rest.nextCursor).toBeNull();
  });

  it('gives gold to players of level 5 and more, once, and logs it', async () => {
    const low = await register({ level: 4 });
    const high = [await register({ level: 5 }), await register({ level: 50 })];
    const gone = await register({ level: 50 });
    await app.send('DELETE', `/v1/players/${gone.id}`);
    await Promise.all(high.map(({ id }) => app.send('GET', `/v1/players/${id}`)));
    const body = { minLevel: 5, gold: 100, reason: 'GOLD_BONUS', description: 'Weekend bonus' };

    const preview = await app.send('POST', '/v1/rewards', { body: { ...body, dryRun: true } });
    expect(preview.status).toBe(200);
    expect(rewardOf(preview)).toMatchObject({
      dryRun: true,
      players: 2,
      totalGold: 200,
      transactionId: null,
    });
    expect(await goldOf(high[0]?.id ?? '')).toBe(0);

    const headers = { 'idempotency-key': 'weekend-1' };
    const reply = await app.send('POST', '/v1/rewards', { body, headers });
    expect(reply.status).toBe(201);
    const reward = rewardOf(reply);
    expect(reward).toMatchObject({ dryRun: false, players: 2, gold: 100, totalGold: 200 });
    expect(reward.sample).toEqual(high.map(({ id }) => id));
    const again = await app.send('POST', '/v1/rewards', { body, headers });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.body).toEqual(reply.body);

    expect(await Promise.all(high.map(({ id }) => goldOf(id)))).toEqual([100, 100]);
    expect(await goldOf(low.id)).toBe(0);
    const log = gameLogOf(await app.send('GET', '/v1/game-log?event=GOLD_BONUS'));
    expect(log.items).toMatchObject([
      {
        id: reward.gameLogId,
        event: 'GOLD_BONUS',
        description: 'Weekend bonus',
        details: { players: 2, gold: 100, totalGold: 200, minLevel: 5, rewardId: reward.id },
      },
    ]);
    expect(gameLogOf(await app.send('GET', '/v1/game-log?event=NOTHING')).items).toEqual([]);
    await expectBalanced();
  });

  it('pays nobody when one of them cannot hold it', async () => {
    const full = await register({ level: 700, gold: Number.MAX_SAFE_INTEGER });
    const other = await register({ level: 700 });
    const body = { minLevel: 700, gold: 1, reason: 'GOLD_BONUS' };
    const reply = await app.send('POST', '/v1/rewards', { body });
    expect(reply.status).toBe(409);
    expect(problemOf(reply).code).toBe('balance_limit');
    expect(await goldOf(other.id)).toBe(0);
    expect(await goldOf(full.id)).toBe(Number.MAX_SAFE_INTEGER);
    await app.send('PATCH', `/v1/players/${full.id}`, { body: { gold: 0 }, headers: { 'if-match': '*' } });
  });

  it('logs a reward that reaches nobody, and pays nothing', async () => {
    const body = { minLevel: 900_000, gold: 100, reason: 'NOBODY_THERE' };
    const reply = await app.send('POST', '/v1/rewards', { body });
    expect(rewardOf(reply)).toMatchObject({ players: 0, totalGold: 0, sample: [] });
    await expectBalanced();
  });

  it('rewards more players than are dropped from the cache one by one', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 300; i += 1) ids.push((await register({ level: 5_000 })).id);
    await Promise.all(ids.map((id) => app.send('GET', `/v1/players/${id}`)));
    const body = { minLevel: 5_000, maxLevel: 5_000, gold: 7, reason: 'GOLD_BONUS' };
    expect(rewardOf(await app.send('POST', '/v1/rewards', { body })).players).toBe(300);
    expect(new Set(await Promise.all(ids.map((id) => goldOf(id))))).toEqual(new Set([7]));
    await expectBalanced();
  });

  it('names the player whose balance was tampered with', async () => {
    const { id } = await register({ gold: 10 });
    const tamper = (gold: number) =>
      app.database.sql`UPDATE players SET gold = ${gold} WHERE id = ${Number(id)}`;
    await tamper(11);
    const report = auditOf(await app.send('GET', '/v1/audit'));
    expect(report.balanced).toBe(false);
    expect(report.differences).toEqual([{ playerId: id, currency: 'gold', balance: 11, entries: 10 }]);
    await tamper(10);
    await expectBalanced();
  });
});
