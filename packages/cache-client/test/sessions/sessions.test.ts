import { SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../support/engines.ts';

const hour = 3_600_000;

describeOnEveryEngine('Sessions', (open) => {
  async function start(
    sessions: { expiry?: 'fixed' | 'sliding'; maxPerPlayer?: number; ttlMs?: number } = {},
  ) {
    const clock = new SimulatedClock();
    const cache = await open({ clock, sessions });
    return { clock, sessions: cache.sessions, store: cache.store };
  }

  it('gives out 256-bit tokens and knows whose they are', async () => {
    const { sessions, clock } = await start();
    const { token, session } = await sessions.create('42', { device: 'phone of Kim, 2nd' });
    expect(token).toMatch(/^hps_42\.[A-Za-z0-9_-]{43}$/);
    expect(await sessions.validate(token)).toEqual(session);
    expect(session).toMatchObject({
      playerId: '42',
      device: 'phone of Kim, 2nd',
      createdAtMs: clock.now(),
      expiresAtMs: clock.now() + 2 * hour,
    });
    expect((await sessions.create('42')).token).not.toBe(token);
  });

  it('stores no token and no secret', async () => {
    const { sessions, store } = await start();
    const { token } = await sessions.create('42');
    const secret = token.slice(token.indexOf('.') + 1);
    const stored: string[] = [];
    const spy = Object.create(store) as typeof store;
    spy.run = (operation, keys, args) => {
      stored.push(...keys, ...args.map(String));
      return store.run(operation, keys, args);
    };
    await sessions.validate(token);
    const { Sessions } = await import('../../src/index.ts');
    const spied = new Sessions(spy);
    const second = (await spied.create('42')).token;
    await spied.validate(second);
    expect(stored.length).toBeGreaterThan(4);
    for (const text of stored) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(second.slice(second.indexOf('.') + 1));
    }
  });

  it.each([
    ['nothing', ''],
    ['another prefix', 'abc_42.'.padEnd(50, 'x')],
    ['no secret', 'hps_42'],
    ['a short secret', 'hps_42.abc'],
    ['a long secret', `hps_42.${'a'.repeat(44)}`],
    ['a pattern', `hps_*.${'a'.repeat(43)}`],
    ['a line break', `hps_4\n2.${'a'.repeat(43)}`],
    ['a secret nobody was given', `hps_42.${'a'.repeat(43)}`],
  ])('knows nobody behind a token with %s', async (_, token) => {
    const { sessions } = await start();
    await sessions.create('42');
    expect(await sessions.validate(token)).toBeUndefined();
    expect(await sessions.revoke(token)).toBe(false);
  });

  it('does not accept the secret of one player for another', async () => {
    const { sessions } = await start();
    const { token } = await sessions.create('42');
    await sessions.create('43');
    expect(await sessions.validate(token.replace('hps_42.', 'hps_43.'))).toBeUndefined();
  });

  it('ends a fixed session two hours after its creation, however often it is used', async () => {
    const { sessions, clock } = await start();
    const { token } = await sessions.create('42');
    await clock.advance(2 * hour - 1);
    expect(await sessions.validate(token)).toBeDefined();
    await clock.advance(1);
    expect(await sessions.validate(token)).toBeUndefined();
    expect(await sessions.list('42')).toEqual([]);
  });

  it('moves the end of a sliding session with every validation', async () => {
    const { sessions, clock } = await start({ expiry: 'sliding' });
    const { token } = await sessions.create('42', { device: 'a device' });
    for (let i = 0; i < 4; i += 1) {
      await clock.advance(hour);
      expect(await sessions.validate(token)).toMatchObject({
        device: 'a device',
        expiresAtMs: clock.now() + 2 * hour,
      });
    }
    await clock.advance(2 * hour);
    expect(await sessions.validate(token)).toBeUndefined();
    expect(await sessions.validate(token)).toBeUndefined();
  });

  it('revokes one, by token or by public id, and leaves the others', async () => {
    const { sessions } = await start();
    const [phone, tablet, desk] = [
      await sessions.create('42'),
      await sessions.create('42'),
      await sessions.create('42'),
    ];
    expect(await sessions.revoke(phone.token)).toBe(true);
    expect(await sessions.revoke(phone.token)).toBe(false);
    expect(await sessions.revokeById('42', tablet.session.id)).toBe(true);
    expect(await sessions.revokeById('42', tablet.session.id)).toBe(false);
    expect(await sessions.revokeById('42', '')).toBe(false);
    expect(await sessions.revokeById('43', desk.session.id)).toBe(false);
    expect(await sessions.validate(phone.token)).toBeUndefined();
    expect(await sessions.validate(tablet.token)).toBeUndefined();
    expect(await sessions.validate(desk.token)).toBeDefined();
  });

  it('revokes all of a player, and nobody else', async () => {
    const { sessions } = await start();
    const mine = await Promise.all(Array.from({ length: 5 }, () => sessions.create('42')));
    const other = await sessions.create('4');
    expect(await sessions.revokeAll('42')).toBe(5);
    expect(await sessions.revokeAll('42')).toBe(0);
    for (const { token } of mine) expect(await sessions.validate(token)).toBeUndefined();
    expect(await sessions.validate(other.token)).toBeDefined();
  });

  it('revokes those that began before a time', async () => {
    const { sessions, clock } = await start();
    const old = await sessions.create('42');
    await clock.advance(1_000);
    const createdBeforeMs = clock.now();
    const recent = await sessions.create('42');
    expect(await sessions.revokeAll('42', { createdBeforeMs })).toBe(1);
    expect(await sessions.validate(old.token)).toBeUndefined();
    expect(await sessions.validate(recent.token)).toBeDefined();
  });

  it('lists live sessions, newest first, and ends the oldest beyond the limit', async () => {
    const { sessions, clock } = await start({ maxPerPlayer: 3 });
    const created = [];
    for (let i = 0; i < 5; i += 1) {
      created.push(await sessions.create('42', { device: `device ${i}` }));
      await clock.advance(10);
    }
    const listed = await sessions.list('42');
    expect(listed.map(({ device }) => device)).toEqual(['device 4', 'device 3', 'device 2']);
    expect(await Promise.all(created.map(({ token }) => sessions.validate(token)))).toEqual([
      undefined,
      undefined,
      ...created.slice(2).map(({ session }) => session),
    ]);
  });

  it('does not count expired sessions towards the limit', async () => {
    const { sessions, clock } = await start({ maxPerPlayer: 2 });
    await sessions.create('42');
    await clock.advance(hour);
    const live = await sessions.create('42');
    await clock.advance(hour);
    await sessions.create('42');
    expect(await sessions.validate(live.token)).toBeDefined();
  });

  it.each(['', 'a b', '4*', '../1', 'x'.repeat(65), '{42}', 'ä'])(
    'refuses the player id %j',
    async (playerId) => {
      const { sessions } = await start();
      await expect(sessions.create(playerId)).rejects.toMatchObject({ code: 'invalid', field: 'playerId' });
      await expect(sessions.list(playerId)).rejects.toMatchObject({ code: 'invalid', field: 'playerId' });
      await expect(sessions.revokeAll(playerId)).rejects.toMatchObject({
        code: 'invalid',
        field: 'playerId',
      });
    },
  );

  it('refuses a device label of more than 100 characters', async () => {
    const { sessions } = await start();
    await expect(sessions.create('42', { device: 'x'.repeat(101) })).rejects.toMatchObject({
      field: 'device',
    });
  });
});
