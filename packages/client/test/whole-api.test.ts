import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type HanokClient, type NewSession } from '../src/index.ts';
import { startPlayerService, type RealService } from './real-service.ts';

const ADMIN = 'admin-credential-of-the-test';

let service: RealService;
let anyone: HanokClient;
let admin: HanokClient;
let names = 0;

beforeAll(async () => {
  service = await startPlayerService(ADMIN);
  anyone = createClient({ baseUrl: service.url });
  admin = anyone.withToken(ADMIN);
}, 60_000);

afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

async function register(): Promise<{ id: string; deviceId: string }> {
  names += 1;
  const deviceId = `device-of-a-whole-api-${names}`;
  const email = `whole-${names}@example.com`;
  const { id } = await anyone.players.create({ username: `whole-${names}`, email, deviceId });
  return { id, deviceId };
}

describe('the rest of the API through the SDK', { timeout: 30_000 }, () => {
  it('goes on with a refreshed session, and with a stored one', async () => {
    const { id, deviceId } = await register();
    const stored: NewSession[] = [];
    const me = await anyone.logIn({ deviceId }, { onSession: (session) => stored.push(session) });
    expect(await me.players.get(id)).toMatchObject({ id });
    // Its session ends, but not its refresh token: as if its time were over.
    const [first] = stored;
    if (first === undefined) throw new Error('no session was told');
    const ended = { ...first, token: `${first.token.slice(0, -4)}AAAA` };
    const later = anyone.resume(ended, (session) => stored.push(session));
    expect(await later.sessions.current()).toMatchObject({ playerId: id });
    expect(stored).toHaveLength(2);
    await later.sessions.end();
    await expect(later.players.get(id)).rejects.toMatchObject({ status: 401 });
  });

  it('keeps a document of the game’s own, by its version', async () => {
    const { id } = await register();
    expect(await admin.playerData.get(id)).toEqual({ document: {}, version: 0 });
    const stored = await admin.playerData.replace(id, { bag: ['sword'], hat: 'red' }, { ifVersion: 0 });
    expect(stored).toEqual({ document: { bag: ['sword'], hat: 'red' }, version: 1 });
    const patched = await admin.playerData.patch(id, { hat: null }, { ifVersion: 1 });
    expect(patched).toEqual({ document: { bag: ['sword'] }, version: 2 });
    const late = admin.playerData.patch(id, { hat: 'blue' }, { ifVersion: 1 });
    await expect(late).rejects.toMatchObject({ status: 412 });
  });

  it('carries out batches, all or each for itself', async () => {
    const { id } = await register();
    const give = { gold: { playerId: id, amount: 10, reason: 'QUEST' } };
    const take = { gold: { playerId: id, amount: -100, reason: 'SHOP' } };
    await expect(admin.batch.all([give, take])).rejects.toMatchObject({ code: 'insufficient_funds' });
    expect(await admin.batch.each([give, take])).toMatchObject([
      { ok: true, balance: 10 },
      { ok: false, status: 409, code: 'insufficient_funds' },
    ]);
  });

  it('makes keys that may do what they are for, until they are revoked', async () => {
    const { id } = await register();
    const made = await admin.apiKeys.create({ name: 'reader', scopes: ['players:read'] });
    const reader = anyone.withToken(made.key);
    expect(await reader.players.get(id)).toMatchObject({ id });
    await expect(reader.gold.adjust(id, { amount: 1, reason: 'CHEAT' })).rejects.toMatchObject({
      status: 403,
    });
    const listed = [];
    for await (const key of admin.apiKeys.each()) listed.push(key.id);
    expect(listed).toContain(made.id);
    await admin.apiKeys.revoke(made.id);
    await expect(reader.players.get(id)).rejects.toMatchObject({ status: 401 });
  });

  it('follows rewards and takes them back', async () => {
    const { id } = await register();
    await admin.players.update(id, { level: 777 });
    const given = await admin.rewards.give({ minLevel: 777, maxLevel: 777, gold: 5, reason: 'FAIR' });
    if (given.id === null) throw new Error('a given reward has an id');
    expect(await admin.rewards.get(given.id)).toMatchObject({ status: 'done', players: 1 });
    expect((await admin.rewards.list({ status: 'done' })).items.map((reward) => reward.id)).toContain(
      given.id,
    );
    const { id: reversal } = await admin.rewards.reverse(given.id, { description: 'taken back' });
    await expect
      .poll(async () => (await admin.rewards.get(reversal)).status, { timeout: 20_000 })
      .toBe('done');
    expect(await admin.players.get(id)).toMatchObject({ gold: 0 });
  });

  it('calls any route by its name', async () => {
    const { id } = await register();
    expect(await admin.call('GET /v1/players/{id}', { path: { id } })).toMatchObject({ id, level: 1 });
    await admin.counters.add('whole-api', 3);
    expect(await admin.counters.windows('whole-api', { unit: 'hour', last: 2 })).toMatchObject({
      items: [{}, { value: 3 }],
    });
    await admin.leaderboards.submit('whole-api', { playerId: id, score: 9 });
    expect(await admin.leaderboards.ranks('whole-api', [id])).toMatchObject({
      items: [{ rank: 1, score: 9 }],
    });
  });
});
