import { eventually, startRedis } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { bookedOf, playerOf } from '../support/answers.ts';
import { startService } from '../support/service-process.ts';
import { databaseKinds } from '../support/test-app.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const PLAYERS = 6;
const CLIENTS = 12;

// On one kind of database: most of its time goes to waiting for the lease of the dead.
describe.each(databaseKinds.slice(0, 1))('webhooks of several processes on $name', ({ create }) => {
  it('tell every acknowledged change, each player’s in order, through kill -9 of whoever delivers', async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await create());
    const receiver = stack.use(await startReceiver());
    const redis = await startRedis();
    stack.defer(() => redis.stop());
    const settings = { DATABASE_URL: database.url, CACHE_URL: redis.url, WEBHOOK_PRIVATE_ADDRESSES: 'true' };
    const start = async () => stack.use(await startService(settings));
    const first = await start();
    const body = { url: receiver.url, eventTypes: ['balance.changed'] };
    expect((await first.send('POST', '/v1/webhook-endpoints', { body })).status).toBe(201);
    const players: string[] = [];
    for (let i = 0; i < PLAYERS; i += 1) {
      const fresh = { username: `told-${i}`, email: `told-${i}@example.com` };
      players.push(playerOf(await first.send('POST', '/v1/players', { body: fresh })).id);
    }
    const second = await start();

    const acknowledged: string[] = [];
    const load = (target: typeof first, rounds: number) =>
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let i = 0; i < rounds; i += 1) {
          const path = `/v1/players/${players[(client + i) % PLAYERS]}/gold`;
          const reply = await target.send('POST', path, { body: { amount: 1, reason: 'QUEST' } });
          if (reply.status === 201) acknowledged.push(bookedOf(reply).transactionId);
        }
      });
    // The first process was there first, so it delivers. It dies with changes, deliveries and sends under way.
    const doomed = Promise.allSettled(load(first, 40));
    const survivors = Promise.allSettled(load(second, 8));
    await eventually(() => expect(receiver.received.length).toBeGreaterThan(20), { timeoutMs: 30_000 });
    first.child.kill('SIGKILL');
    await doomed;
    await survivors;

    const toldTransactions = () =>
      new Set(receiver.received.map(({ data }) => String(data['transactionId'])));
    await eventually(
      () => {
        const told = toldTransactions();
        expect(acknowledged.filter((id) => !told.has(id))).toEqual([]);
      },
      { timeoutMs: 40_000, intervalMs: 100 },
    );
    for (const player of players) {
      const seen = new Set<string>();
      const balances = receiver.received
        .filter(({ id, data }) => data['playerId'] === player && !seen.has(id) && seen.add(id))
        .map(({ data }) => Number(data['balance']));
      // Every change gives one coin: in order and without a gap these are 1, 2, 3 and so on.
      expect(balances).toEqual(balances.map((_, index) => index + 1));
    }
  }, 120_000);
});
