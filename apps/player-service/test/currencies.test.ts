import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCurrencies } from '../src/ledger/currencies.ts';
import { balanceBookedSchema, balancesSchema, transferredSchema } from '../src/ledger/ledger-schemas.ts';
import { eventually } from '@hanok/testkit';
import {
  auditOf,
  bodyOf,
  ledgerOf,
  playerOf,
  problemOf,
  rewardOf,
  rewardStateOf,
} from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

describe('the declaration of currencies', () => {
  it('has gold always, and its rules by name', () => {
    const currencies = parseCurrencies(['gems', 'tickets:max=100', 'karma:max=5:negative']);
    expect([...currencies.values()]).toEqual([
      { name: 'gold', maxBalance: Number.MAX_SAFE_INTEGER, mayBeNegative: false },
      { name: 'gems', maxBalance: Number.MAX_SAFE_INTEGER, mayBeNegative: false },
      { name: 'tickets', maxBalance: 100, mayBeNegative: false },
      { name: 'karma', maxBalance: 5, mayBeNegative: true },
    ]);
  });

  it.each([[['gold']], [['gems', 'gems']], [['gems:max=9999999999999999']]])('refuses %j', (declared) => {
    expect(() => parseCurrencies(declared)).toThrow('CURRENCIES');
  });
});

describe.each(databaseKinds)('several currencies on $name', ({ create }) => {
  let app: TestApp;
  let stack: AsyncDisposableStack;
  let count = 0;
  const register = async (level = 1) => {
    count += 1;
    const body = { username: `rich-${count}`, email: `rich-${count}@example.com`, level };
    return playerOf(await app.send('POST', '/v1/players', { body })).id;
  };
  const give = (id: string, currency: string, amount: number) =>
    app.send('POST', `/v1/players/${id}/balances/${currency}`, { body: { amount, reason: 'QUEST' } });
  const held = async (id: string) => {
    const { items } = bodyOf(balancesSchema, await app.send('GET', `/v1/players/${id}/balances`));
    return Object.fromEntries(items.map(({ currency, balance }) => [currency, balance]));
  };

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    const currencies = ['gems', 'tickets:max=100', 'karma:negative'];
    app = stack.use(await startTestApp({ databaseUrl, currencies }));
  });
  afterAll(() => stack.disposeAsync());

  it('keeps a balance of each, with entries of its own', async () => {
    const id = await register();
    expect(bodyOf(balanceBookedSchema, await give(id, 'gems', 30))).toMatchObject({
      currency: 'gems',
      balance: 30,
    });
    expect(bodyOf(balanceBookedSchema, await give(id, 'gold', 5))).toMatchObject({
      currency: 'gold',
      balance: 5,
    });
    await give(id, 'gems', -10);
    expect(await held(id)).toEqual({ gold: 5, gems: 20, tickets: 0, karma: 0 });
    expect(playerOf(await app.send('GET', `/v1/players/${id}`)).gold).toBe(5);
    const entries = ledgerOf(await app.send('GET', `/v1/players/${id}/ledger?currency=gems`)).items;
    expect(entries.map(({ amount, balanceAfter }) => [amount, balanceAfter])).toEqual([
      [-10, 20],
      [30, 30],
    ]);
  });

  it('holds each to its own bounds', async () => {
    const id = await register();
    expect(problemOf(await give(id, 'gems', -1))).toMatchObject({ status: 409, code: 'insufficient_funds' });
    await give(id, 'tickets', 100);
    expect(problemOf(await give(id, 'tickets', 1))).toMatchObject({ status: 409, code: 'balance_limit' });
    expect(bodyOf(balanceBookedSchema, await give(id, 'karma', -7)).balance).toBe(-7);
    expect(problemOf(await give(id, 'silver', 1)).errors).toMatchObject([
      { field: 'params.currency', rule: 'enum' },
    ]);
    expect((await give('4711', 'gems', 1)).status).toBe(404);
    expect(await held(id)).toEqual({ gold: 0, gems: 0, tickets: 100, karma: -7 });
  });

  it('moves them between players, alone and in a batch', async () => {
    const [from, to] = [await register(), await register()];
    await give(from, 'gems', 10);
    const body = { fromPlayerId: from, toPlayerId: to, currency: 'gems', amount: 4, reason: 'TRADE' };
    expect(bodyOf(transferredSchema, await app.send('POST', '/v1/transfers', { body }))).toMatchObject({
      currency: 'gems',
      fromBalance: 6,
      toBalance: 4,
    });
    const operations = [
      { balance: { playerId: to, currency: 'tickets', amount: 3, reason: 'MATCH' } },
      { transfer: { ...body, amount: 6 } },
      { gold: { playerId: to, amount: 1, reason: 'MATCH' } },
    ];
    expect((await app.send('POST', '/v1/batch', { body: { atomic: true, operations } })).status).toBe(200);
    expect(await held(to)).toEqual({ gold: 1, gems: 10, tickets: 3, karma: 0 });
    const tooMuch = [...operations, { transfer: { ...body, amount: 1 } }];
    expect(
      (await app.send('POST', '/v1/batch', { body: { atomic: true, operations: tooMuch } })).status,
    ).toBe(409);
    expect(await held(to)).toEqual({ gold: 1, gems: 10, tickets: 3, karma: 0 });
  });

  it('loses none while many clients move them', async () => {
    const players = await Promise.all([register(), register(), register()]);
    for (const id of players) await give(id, 'gems', 50);
    await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const body = {
          fromPlayerId: players[i % 3],
          toPlayerId: players[(i + 1 + (i % 2)) % 3],
          currency: 'gems',
          amount: 1 + (i % 20),
          reason: 'TRADE',
        };
        return app
          .send('POST', '/v1/transfers', { body })
          .then(({ status }) => expect([201, 409]).toContain(status));
      }),
    );
    const balances = await Promise.all(players.map(async (id) => (await held(id))['gems'] ?? 0));
    expect(balances.reduce((sum, each) => sum + each, 0)).toBe(150);
  });

  it('gives them to a range of levels and takes them back as far as players may owe them', async () => {
    const [one, two] = [await register(50), await register(50)];
    const reward = (currency: string, amount: number) =>
      app.send('POST', '/v1/rewards', { body: { minLevel: 50, currency, amount, reason: 'SEASON' } });
    const gems = rewardOf(await reward('gems', 9));
    expect(gems).toMatchObject({
      status: 'done',
      players: 2,
      currency: 'gems',
      amount: 9,
      totalAmount: 18,
      gold: 0,
    });
    expect((await held(one))['gems']).toBe(9);
    const karma = rewardOf(await reward('karma', 4));
    await give(one, 'gems', -9);
    await give(one, 'karma', -4);
    for (const { id } of [gems, karma]) {
      const begun = rewardStateOf(await app.send('POST', `/v1/rewards/${id}/reversal`, { body: {} }));
      await eventually(async () =>
        expect(rewardStateOf(await app.send('GET', `/v1/rewards/${begun.id}`)).status).toBe('done'),
      );
    }
    expect(await held(one)).toMatchObject({ gems: 0, karma: -4 });
    expect(await held(two)).toMatchObject({ gems: 0, karma: 0 });
    await give(two, 'tickets', 95);
    expect(problemOf(await reward('tickets', 6))).toMatchObject({ status: 409, code: 'balance_limit' });
    expect((await held(one))['tickets']).toBe(0);
    expect((await reward('silver', 6)).status).toBe(400);
    const both = { minLevel: 50, gold: 1, currency: 'gems', amount: 1, reason: 'SEASON' };
    expect((await app.send('POST', '/v1/rewards', { body: both })).status).toBe(400);
  });

  it('proves each by the audit, and names the one that is wrong', async () => {
    const id = await register();
    await give(id, 'gems', 3);
    const good = auditOf(await app.send('GET', '/v1/audit'));
    expect(good.balanced).toBe(true);
    expect(good.currencies.map(({ currency }) => currency).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'gems',
      'gold',
      'karma',
      'tickets',
    ]);
    expect(
      good.currencies.every((each) => each.inBalances === each.inEntries && each.sumOfAllEntries === 0),
    ).toBe(true);
    await app.database.sql`UPDATE balances SET balance = 4 WHERE player_id = ${Number(id)}`;
    const bad = auditOf(await app.send('GET', '/v1/audit'));
    expect(bad.balanced).toBe(false);
    expect(bad.differences).toEqual([{ playerId: id, currency: 'gems', balance: 4, entries: 3 }]);
    await app.database.sql`UPDATE balances SET balance = 3 WHERE player_id = ${Number(id)}`;
  });
});
