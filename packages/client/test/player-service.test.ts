import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError, createClient, type HanokClient, type NewPlayer, type Player } from '../src/index.ts';
import { startPlayerService, type RealService } from './real-service.ts';

const SERVER_CREDENTIAL = 'server-credential-of-the-test';

let service: RealService;
let anyone: HanokClient;
let server: HanokClient;
let names = 0;

beforeAll(async () => {
  service = await startPlayerService(SERVER_CREDENTIAL);
  anyone = createClient({ baseUrl: service.url });
  server = anyone.withToken(SERVER_CREDENTIAL);
}, 60_000);

afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

function someone(): NewPlayer & { readonly deviceId: string } {
  names += 1;
  return {
    username: `player-${names}`,
    email: `player-${names}@example.com`,
    deviceId: `device-0123456789-${names}`,
  };
}

async function register(): Promise<{ player: Player; self: HanokClient }> {
  const wanted = someone();
  const player = await anyone.players.create(wanted);
  const { token } = await anyone.sessions.create({ deviceId: wanted.deviceId });
  return { player, self: anyone.withToken(token) };
}

async function refusal(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

describe('the SDK against a real player-service', { timeout: 30_000 }, () => {
  it('registers, logs in, reads and changes a player', async () => {
    const { player, self } = await register();
    expect(player).toMatchObject({ level: 1, experience: 0, gold: 0, version: 1 });
    expect(await self.sessions.current()).toMatchObject({ playerId: player.id });
    const renamed = await self.players.update(player.id, { username: `${player.username}-renamed` });
    expect(await self.players.get(player.id)).toEqual(renamed);
    expect(renamed.version).toBeGreaterThan(player.version);
  });

  it('creates a player once, however often it is sent under one key', async () => {
    const wanted = someone();
    const first = await anyone.players.create(wanted, { idempotencyKey: 'registration-1' });
    expect(await anyone.players.create(wanted, { idempotencyKey: 'registration-1' })).toEqual(first);
    expect(
      await refusal(anyone.players.create(someone(), { idempotencyKey: 'registration-1' })),
    ).toMatchObject({
      status: 409,
      code: 'idempotency_key_reused',
      retryable: false,
    });
  });

  it('tells which field breaks which rule', async () => {
    const error = await refusal(anyone.players.create({ ...someone(), email: 'nowhere' }));
    expect(error).toMatchObject({ status: 400, code: 'validation_failed', retryable: false });
    expect(error.errors).toEqual([{ field: 'body.email', rule: 'email', message: expect.any(String) }]);
    expect(error.requestId).toEqual(expect.any(String));
  });

  it('changes only the version it has seen', async () => {
    const { id } = (await register()).player;
    const player = await server.players.get(id);
    const changed = await server.players.update(player.id, { level: 5 }, { ifVersion: player.version });
    expect(changed.level).toBe(5);
    const late = server.players.update(player.id, { level: 6 }, { ifVersion: player.version });
    expect(await refusal(late)).toMatchObject({ status: 412, code: 'version_conflict' });
  });

  it('keeps servers’ rights from players', async () => {
    const { player, self } = await register();
    expect(await refusal(self.gold.adjust(player.id, { amount: 1, reason: 'CHEAT' }))).toMatchObject({
      status: 403,
    });
    expect(await refusal(self.players.list())).toMatchObject({ status: 403 });
    expect(await refusal(anyone.players.get(player.id))).toMatchObject({ status: 401 });
  });

  it('books gold, transfers it and proves the books', async () => {
    const { player: giver } = await register();
    const { player: taker, self } = await register();
    expect(await server.gold.adjust(giver.id, { amount: 100, reason: 'QUEST_REWARD' })).toMatchObject({
      balance: 100,
    });
    const transfer = { fromPlayerId: giver.id, toPlayerId: taker.id, amount: 30, reason: 'TRADE' };
    expect(await server.gold.transfer(transfer)).toMatchObject({ fromBalance: 70, toBalance: 30 });
    const tooMuch = server.gold.adjust(giver.id, { amount: -71, reason: 'SHOP' });
    expect(await refusal(tooMuch)).toMatchObject({ status: 409, code: 'insufficient_funds' });
    const entries = [];
    for await (const entry of self.gold.eachLedgerEntry(taker.id)) entries.push(entry);
    expect(entries).toMatchObject([{ amount: 30, balanceAfter: 30, reason: 'TRADE' }]);
    expect(await server.gold.audit()).toMatchObject({
      balanced: true,
      differences: [],
      unbalancedTransactions: [],
    });
  });

  it('rewards a range of levels once, and logs it', async () => {
    const { player } = await register();
    await server.players.update(player.id, { level: 900 });
    const reward = { minLevel: 900, gold: 100, reason: 'GOLD_BONUS', description: 'Weekend bonus' };
    expect(await server.rewards.preview(reward)).toMatchObject({ dryRun: true, players: 1, totalGold: 100 });
    const given = await server.rewards.give(reward, { idempotencyKey: 'weekend-1' });
    expect(await server.rewards.give(reward, { idempotencyKey: 'weekend-1' })).toEqual(given);
    expect((await server.players.get(player.id)).gold).toBe(100);
    const log = await server.gameLog.list({ event: 'GOLD_BONUS', limit: 1 });
    expect(log.items).toMatchObject([
      { id: given.gameLogId, event: 'GOLD_BONUS', description: 'Weekend bonus' },
    ]);
  });

  it('reads all players page by page', async () => {
    const created = [await register(), await register(), await register()].map(({ player }) => player.id);
    const listed = [];
    for await (const player of server.players.each({ limit: 1, usernamePrefix: 'player-' }))
      listed.push(player.id);
    expect(listed).toEqual(expect.arrayContaining(created));
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('deletes and restores a player', async () => {
    const { player, self } = await register();
    await self.players.delete(player.id);
    expect(await refusal(server.players.get(player.id))).toMatchObject({
      status: 404,
      code: 'player_not_found',
    });
    expect(await server.players.restore(player.id)).toMatchObject({
      id: player.id,
      username: player.username,
    });
  });

  it('ranks scores, ties in the order of arrival', async () => {
    const [low, first, second] = [await register(), await register(), await register()];
    const board = `board-${low.player.id}`;
    await server.leaderboards.define(board, { operator: 'best' });
    await low.self.leaderboards.submit(board, { score: 10 });
    await first.self.leaderboards.submit(board, { score: 20 }, { repeatable: true });
    const placement = await second.self.leaderboards.submit(board, { score: 20 });
    expect(placement).toEqual({ rank: 2, playerId: second.player.id, score: 20, changed: true });
    const rows = [];
    for await (const row of low.self.leaderboards.each(board, { limit: 1 })) rows.push(row.playerId);
    expect(rows).toEqual([first.player.id, second.player.id, low.player.id]);
    expect(await low.self.leaderboards.rank(board, low.player.id)).toMatchObject({
      rank: 3,
      total: 3,
      percentile: 0,
    });
    expect(await low.self.leaderboards.atPercentile(board, 99.5)).toMatchObject({ rank: 1 });
    const around = await low.self.leaderboards.around(board, low.player.id, 1);
    expect(around.items.map((row) => row.rank)).toEqual([2, 3]);
    await server.leaderboards.submitMany(board, [{ playerId: low.player.id, score: 30 }]);
    expect((await low.self.leaderboards.page(board)).items[0]).toMatchObject({
      playerId: low.player.id,
      rank: 1,
    });
    await server.leaderboards.remove(board, low.player.id);
    expect(await refusal(low.self.leaderboards.rank(board, low.player.id))).toMatchObject({ status: 404 });
    await server.leaderboards.clear(board);
    expect((await server.leaderboards.page(board)).total).toBe(0);
  });

  it('chats in order, and reads without removing', async () => {
    const { player, self } = await register();
    const channel = `room-${player.id}`;
    for (const text of ['안녕', 'two', 'three']) await self.chat.publish(channel, { text });
    const newest = await self.chat.read(channel, { limit: 2 });
    expect(newest.items.map((message) => message.text)).toEqual(['two', 'three']);
    const earlier = await self.chat.read(channel, { before: newest.nextCursor ?? '' });
    expect(earlier.items).toMatchObject([{ text: '안녕', playerId: player.id, channel }]);
    const later = await self.chat.read(channel, { after: earlier.items[0]?.id ?? '' });
    expect(later.items).toEqual(newest.items);
    expect(await refusal(self.chat.publish(channel, { text: '' }))).toMatchObject({ status: 400 });
  });

  it('counts exactly', async () => {
    const { player, self } = await register();
    const counter = `rounds-${player.id}`;
    expect(await server.counters.add(counter)).toBe(1);
    expect(await server.counters.add(counter, -5)).toBe(-4);
    expect(await self.counters.get(counter)).toBe(-4);
    expect(await refusal(self.counters.add(counter))).toMatchObject({ status: 403 });
    await server.counters.reset(counter);
    expect(await server.counters.get(counter)).toBe(0);
  });

  it('logs out, once or twice', async () => {
    const { self } = await register();
    await self.sessions.end();
    await self.sessions.end();
    expect(await refusal(self.sessions.current())).toMatchObject({ status: 401 });
  });
});
