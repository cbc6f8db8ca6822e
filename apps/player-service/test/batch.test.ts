import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newApiKeySchema } from '../src/api-keys/api-key-schemas.ts';
import { batchResultSchema } from '../src/batch/batch-schemas.ts';
import { auditOf, bodyOf, playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type Sent, type TestApp } from './support/test-app.ts';

describe.each(databaseKinds)('batches on $name', ({ create }) => {
  let app: TestApp;
  let stack: AsyncDisposableStack;
  let count = 0;
  const register = async (gold: number) => {
    count += 1;
    const body = { username: `player-${count}`, email: `player-${count}@example.com`, gold };
    return playerOf(await app.send('POST', '/v1/players', { body })).id;
  };
  const batch = (atomic: boolean, operations: readonly object[], sent: Sent = {}) =>
    app.send('POST', '/v1/batch', { body: { atomic, operations }, ...sent });
  const stateOf = async (id: string) => {
    const { gold, level, experience } = playerOf(await app.send('GET', `/v1/players/${id}`));
    return { gold, level, experience };
  };
  const pay = (playerId: string, amount: number) => ({ gold: { playerId, amount, reason: 'MATCH' } });

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl }));
  });
  afterAll(() => stack.disposeAsync());

  it('does everything an atomic batch asks for, and shows it at once', async () => {
    const [one, two] = [await register(10), await register(0)];
    await Promise.all([stateOf(one), stateOf(two)]);
    const reply = await batch(true, [
      pay(one, 5),
      { transfer: { fromPlayerId: one, toPlayerId: two, amount: 12, reason: 'TRADE' } },
      { player: { playerId: two, level: 9, experience: 50 } },
    ]);
    expect(reply.status).toBe(200);
    expect(bodyOf(batchResultSchema, reply).results).toMatchObject([
      { ok: true, playerId: one, balance: 15 },
      { ok: true, fromBalance: 3, toBalance: 12 },
      { ok: true, playerId: two },
    ]);
    expect(await Promise.all([stateOf(one), stateOf(two)])).toEqual([
      { gold: 3, level: 1, experience: 0 },
      { gold: 12, level: 9, experience: 50 },
    ]);
  });

  it('does nothing of an atomic batch that is refused, and names the operation', async () => {
    const [one, two] = [await register(10), await register(0)];
    const reply = await batch(true, [pay(two, 5), pay(one, -11), pay(two, 5)]);
    expect(problemOf(reply)).toMatchObject({
      status: 409,
      code: 'insufficient_funds',
      errors: [{ field: 'body.operations.1', rule: 'insufficient_funds' }],
    });
    expect([(await stateOf(one)).gold, (await stateOf(two)).gold]).toEqual([10, 0]);
    expect((await batch(true, [pay(one, 1), pay('4711', 1)])).status).toBe(404);
    expect((await stateOf(one)).gold).toBe(10);
  });

  it('lets each operation of the other kind succeed or fail for itself', async () => {
    const [one, two] = [await register(10), await register(0)];
    const operations = [
      pay(one, -11),
      pay(two, 5),
      pay('4711', 1),
      { transfer: { fromPlayerId: one, toPlayerId: one, amount: 1, reason: 'TRADE' } },
      { transfer: { fromPlayerId: one, toPlayerId: two, amount: 4, reason: 'TRADE' } },
    ];
    const { results } = bodyOf(batchResultSchema, await batch(false, operations));
    expect(results).toMatchObject([
      { ok: false, status: 409, code: 'insufficient_funds' },
      { ok: true, balance: 5 },
      { ok: false, status: 404, code: 'player_not_found' },
      { ok: false, status: 400, code: 'invalid_value' },
      { ok: true, fromBalance: 6, toBalance: 9 },
    ]);
    expect([(await stateOf(one)).gold, (await stateOf(two)).gold]).toEqual([6, 9]);
  });

  it('is done once under its key', async () => {
    const one = await register(0);
    const headers = { 'idempotency-key': 'match-1' };
    const first = await batch(false, [pay(one, 5), pay(one, -50)], { headers });
    const second = await batch(false, [pay(one, 5), pay(one, -50)], { headers });
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect((await stateOf(one)).gold).toBe(5);
  });

  it('loses no coin when batches cross', async () => {
    const ids = [await register(100), await register(100), await register(100)];
    const cross = (shift: number) =>
      ids.map((from, i) => ({
        transfer: { fromPlayerId: from, toPlayerId: ids[(i + shift) % 3], amount: 3, reason: 'TRADE' },
      }));
    const replies = await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        batch(i % 3 === 0, i % 2 === 0 ? cross(1) : cross(2).toReversed()),
      ),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    const gold = await Promise.all(ids.map(async (id) => (await stateOf(id)).gold));
    expect(gold.reduce((sum, each) => sum + each, 0)).toBe(300);
    expect(auditOf(await app.send('GET', '/v1/audit')).balanced).toBe(true);
  });

  it('takes the scopes of all its operations', async () => {
    const one = await register(0);
    const body = { name: 'match server', scopes: ['gold:write'] };
    const { key } = bodyOf(newApiKeySchema, await app.send('POST', '/v1/api-keys', { body }));
    expect((await batch(true, [pay(one, 1)], { token: key })).status).toBe(200);
    const both = [pay(one, 1), { player: { playerId: one, level: 2 } }];
    expect((await batch(true, both, { token: key })).status).toBe(403);
    const { token } = sessionOf(await app.send('POST', '/v1/sessions', { body: { playerId: one } }));
    expect((await batch(true, [pay(one, 1)], { token })).status).toBe(403);
    expect(await stateOf(one)).toMatchObject({ gold: 1, level: 1 });
  });

  it.each([
    ['no operations', { atomic: true, operations: [] }, 'body.operations'],
    [
      'too many',
      { atomic: true, operations: Array.from({ length: 101 }, () => pay('1', 1)) },
      'body.operations',
    ],
    [
      'two in one',
      { atomic: true, operations: [{ ...pay('1', 1), player: { playerId: '1', level: 2 } }] },
      'body.operations.0',
    ],
    ['none in one', { atomic: true, operations: [{}] }, 'body.operations.0'],
    [
      'a bad amount',
      { atomic: true, operations: [pay('1', 1), pay('1', 1.5)] },
      'body.operations.1.gold.amount',
    ],
    ['no change', { atomic: true, operations: [{ player: { playerId: '1' } }] }, 'body.operations.0.player'],
    [
      'gold by the back door',
      { atomic: true, operations: [{ player: { playerId: '1', gold: 5 } }] },
      'body.operations.0.player.gold',
    ],
    [
      'an unknown operation',
      { atomic: true, operations: [{ mint: { amount: 5 } }] },
      'body.operations.0.mint',
    ],
  ])('refuses %s', async (_what, body, field) => {
    const reply = await app.send('POST', '/v1/batch', { body });
    expect(reply.status).toBe(400);
    expect(problemOf(reply).errors?.map((error) => error.field)).toContain(field);
  });
});
