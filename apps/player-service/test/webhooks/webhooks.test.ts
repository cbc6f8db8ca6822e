import { SimulatedClock } from '@hanok/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RETRY_DELAYS_MS } from '../../src/webhooks/retry-schedule.ts';
import { deliveryPageSchema, endpointSchema, newEndpointSchema } from '../../src/webhooks/webhook-schemas.ts';
import { newSecretSchema, redeliveredSchema } from '../../src/webhooks/webhook-schemas.ts';
import { bodyOf, playerOf, problemOf } from '../support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from '../support/test-app.ts';
import { expectedSignature, startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

describe.each(databaseKinds)('webhooks on $name', ({ create }) => {
  let stack: AsyncDisposableStack;
  let app: TestApp;
  let clock: SimulatedClock;
  let receiver: WebhookReceiver;
  let endpoint: { readonly id: string; readonly secret: string };
  let count = 0;

  const send = (...sent: Parameters<TestApp['send']>) => app.send(...sent);
  const register = async () => {
    count += 1;
    const body = {
      username: `hooked-${count}`,
      email: `hooked-${count}@example.com`,
      password: 'secret word',
    };
    return playerOf(await send('POST', '/v1/players', { body })).id;
  };
  const give = (id: string, amount: number) =>
    send('POST', `/v1/players/${id}/gold`, {
      body: { amount, reason: 'QUEST', reference: `gift-${amount}` },
    });
  /** Delivers until nothing is due any more. */
  const deliver = async () => {
    for (let before = -1; before !== receiver.received.length;) {
      before = receiver.received.length;
      await app.deliverer.runOnce();
    }
  };
  const listed = async (status: 'dead' | 'waiting') =>
    bodyOf(deliveryPageSchema, await send('GET', `/v1/webhook-deliveries?status=${status}`)).items;
  const told = () => receiver.received.map(({ type, data }) => [type, data['playerId'], data['amount']]);

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    clock = new SimulatedClock();
    const { url: databaseUrl } = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl, clock }));
  });
  afterAll(() => stack.disposeAsync());
  beforeEach(async () => {
    receiver = await startReceiver();
    const eventTypes = ['player.created', 'player.erased', 'balance.changed', 'reward.finished'];
    const reply = await send('POST', '/v1/webhook-endpoints', { body: { url: receiver.url, eventTypes } });
    endpoint = bodyOf(newEndpointSchema, reply);
  });
  afterEach(async () => {
    await send('DELETE', `/v1/webhook-endpoints/${endpoint.id}`);
    await receiver[Symbol.asyncDispose]();
  });

  it('tells what changed and nobody’s name, signed as Standard Webhooks says', async () => {
    const id = await register();
    expect((await give(id, 5)).status).toBe(201);
    await send('PATCH', `/v1/players/${id}`, { body: { level: 3 } });
    await send('POST', '/v1/rewards', { body: { minLevel: 3, gold: 7, reason: 'SEASON' } });
    await deliver();
    expect(told()).toEqual(
      expect.arrayContaining([
        ['player.created', id, undefined],
        ['balance.changed', id, 5],
        ['reward.finished', undefined, 7],
      ]),
    );
    expect(receiver.received).toHaveLength(3);
    const booked = receiver.received.find(({ type }) => type === 'balance.changed');
    expect(booked?.data).toMatchObject({
      currency: 'gold',
      balance: 5,
      reason: 'QUEST',
      reference: 'gift-5',
    });
    for (const each of receiver.received) {
      expect(each.headers['webhook-signature']).toBe(expectedSignature(each, endpoint.secret));
      expect(Number(each.headers['webhook-timestamp'])).toBe(Math.floor(clock.now() / 1_000));
      expect(each.text).not.toMatch(/hooked|example\.com/u);
    }
    expect(new Set(receiver.received.map(({ id: webhookId }) => webhookId)).size).toBe(3);
  });

  it('tells nothing of what was refused', async () => {
    const id = await register();
    expect((await give(id, -5)).status).toBe(409);
    const operations = [
      { gold: { playerId: id, amount: 9, reason: 'A' } },
      { gold: { playerId: '4711', amount: 1, reason: 'A' } },
    ];
    expect((await send('POST', '/v1/batch', { body: { atomic: true, operations } })).status).toBe(404);
    await deliver();
    expect(told()).toEqual([['player.created', id, undefined]]);
  });

  it('keeps the order of each player’s changes while it tries again, and holds up nobody else', async () => {
    const [one, two] = [await register(), await register()];
    await deliver();
    receiver.answer(500);
    await give(one, 1);
    await deliver();
    await give(one, 2);
    await give(one, 3);
    receiver.answer(204);
    await give(two, 9);
    await deliver();
    expect(told().slice(2)).toEqual([
      ['balance.changed', one, 1],
      ['balance.changed', two, 9],
    ]);
    const waiting = await listed('waiting');
    expect(waiting.map(({ attempts, lastStatus }) => [attempts, lastStatus])).toEqual([
      [1, 500],
      [0, null],
      [0, null],
    ]);
    expect(waiting.filter(({ nextAttemptAt }) => nextAttemptAt !== null)).toHaveLength(1);

    await clock.advance(10_000);
    await deliver();
    expect(told().slice(4)).toEqual([1, 2, 3].map((amount) => ['balance.changed', one, amount]));
    expect(await listed('waiting')).toEqual([]);
  });

  it('gives up after the last attempt, keeps it as dead, and delivers it again when asked', async () => {
    const id = await register();
    await deliver();
    receiver.answer(503, { 'retry-after': '20' });
    await give(id, 4);
    await give(id, 5);
    const dueAt: number[] = [];
    for (let attempt = 0; attempt <= RETRY_DELAYS_MS.length; attempt += 1) {
      await app.deliverer.runOnce();
      dueAt.push(Date.parse((await listed('waiting'))[0]?.nextAttemptAt ?? '') - clock.now());
      // Longer than the longest pause with its jitter.
      await clock.advance(16 * 3_600_000);
    }
    // At least what the receiver asked for, then what the schedule says, and up to a quarter more.
    for (const [index, planned] of RETRY_DELAYS_MS.entries()) {
      const least = Math.max(planned, 20_000);
      expect(dueAt[index], `pause ${index}`).toBeGreaterThanOrEqual(least);
      expect(dueAt[index], `pause ${index}`).toBeLessThanOrEqual(least * 1.25);
    }
    expect(receiver.received).toHaveLength(1 + 1 + RETRY_DELAYS_MS.length);
    const [dead] = await listed('dead');
    expect(dead).toMatchObject({ attempts: 9, lastStatus: 503, nextAttemptAt: null, playerId: id });

    receiver.answer(204);
    await deliver();
    const again = await send('POST', `/v1/webhook-deliveries/${dead?.id}/redelivery`);
    expect(again.status).toBe(202);
    expect(bodyOf(redeliveredSchema, again).deliveries).toBe(1);
    await deliver();
    expect(receiver.received.at(-2)?.data['amount']).toBe(5);
    expect(receiver.received.at(-1)).toMatchObject({ id: dead?.webhookId, text: dead?.body });
    expect(await listed('dead')).toEqual([]);
    const gone = await send('POST', `/v1/webhook-deliveries/${dead?.id}/redelivery`);
    expect(problemOf(gone)).toMatchObject({ status: 404, code: 'delivery_not_found' });
  });

  it('disables an endpoint that is gone, and delivers what it missed once it is enabled', async () => {
    const id = await register();
    receiver.answer(410);
    await deliver();
    await give(id, 1);
    await deliver();
    const path = `/v1/webhook-endpoints/${endpoint.id}`;
    expect(bodyOf(endpointSchema, await send('GET', path))).toMatchObject({
      status: 'disabled',
      disabledReason: expect.stringContaining('410'),
    });
    const refused = await send('POST', `${path}/redelivery`);
    expect(problemOf(refused)).toMatchObject({ status: 409, code: 'endpoint_disabled' });
    await send('PATCH', path, { body: { status: 'enabled' } });
    receiver.answer(204);
    expect(bodyOf(redeliveredSchema, await send('POST', `${path}/redelivery`)).deliveries).toBeGreaterThan(0);
    await deliver();
    expect(receiver.received.at(-1)?.type).toBe('player.created');
  });

  it('follows no redirect', async () => {
    receiver.answer(302, { location: receiver.url });
    await register();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    expect((await listed('waiting'))[0]).toMatchObject({ attempts: 1, lastStatus: 302 });
  });

  it('signs with the secret before as well, for a day', async () => {
    const reply = await send('POST', `/v1/webhook-endpoints/${endpoint.id}/secret`);
    const { secret } = bodyOf(newSecretSchema, reply);
    await register();
    await deliver();
    const [first] = receiver.received;
    const both = [secret, endpoint.secret].map((each) => first && expectedSignature(first, each)).join(' ');
    expect(first?.headers['webhook-signature']).toBe(both);
    await clock.advance(86_400_000);
    await register();
    await deliver();
    const last = receiver.received.at(-1);
    expect(last?.headers['webhook-signature']).toBe(last && expectedSignature(last, secret));
    const shown = JSON.stringify((await send('GET', '/v1/webhook-endpoints')).body);
    expect(shown).not.toContain('whsec_');
  });

  it('tells that a player was erased', async () => {
    const id = await register();
    await send('DELETE', `/v1/players/${id}`);
    await clock.advance(86_400_000);
    await app.housekeeping.runOnce();
    await deliver();
    expect(told()).toEqual([
      ['player.created', id, undefined],
      ['player.erased', id, undefined],
    ]);
  });
});
