import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceSchema, devicesSchema } from '../src/devices/device-schemas.ts';
import { bodyOf, playerOf, problemOf, sessionOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

describe.each(databaseKinds)('devices of a player on $name', ({ create }) => {
  let app: TestApp;
  let other: TestApp;
  let stack: AsyncDisposableStack;
  let count = 0;
  const secretOf = (name: string) => `secret-id-of-${name}-0123456789`;
  const register = async () => {
    count += 1;
    const name = `owner-${count}`;
    const body = { username: name, email: `${name}@example.com`, deviceId: secretOf(name) };
    return { name, id: playerOf(await app.send('POST', '/v1/players', { body })).id };
  };
  const logIn = (device: string) =>
    app.send('POST', '/v1/sessions', { body: { deviceId: secretOf(device) } });
  const link = (id: string, device: string, token?: string) =>
    app.send('POST', `/v1/players/${id}/devices`, {
      body: { deviceId: secretOf(device), name: device },
      token,
    });
  const listed = async (id: string) =>
    bodyOf(devicesSchema, await app.send('GET', `/v1/players/${id}/devices`)).items;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const { url: databaseUrl } = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl, undoMs: 0 }));
    // On connections of its own, as another process is.
    other = stack.use(await startTestApp({ databaseUrl, undoMs: 0 }));
  });
  afterAll(() => stack.disposeAsync());

  it('links several, each of which logs in, and lists them without their secrets', async () => {
    const { id, name } = await register();
    const { token } = sessionOf(await logIn(name));
    const linked = bodyOf(deviceSchema, await link(id, 'tablet', token));
    expect(sessionOf(await logIn('tablet')).playerId).toBe(id);
    const items = await listed(id);
    expect(items.map((each) => [each.id, each.name])).toEqual([
      ['first', null],
      [linked.id, 'tablet'],
    ]);
    expect(JSON.stringify(items)).not.toContain('secret');
    const { rows } = await app.database.sql`SELECT * FROM devices`;
    expect(JSON.stringify(rows)).not.toContain('secret');
  });

  it('unlinks one: it logs in no more, and other sessions end', async () => {
    const { id, name } = await register();
    const device = bodyOf(deviceSchema, await link(id, `lost-${id}`));
    const [kept, lost] = [sessionOf(await logIn(name)), sessionOf(await logIn(`lost-${id}`))];
    const path = `/v1/players/${id}/devices/${device.id}`;
    expect((await app.send('DELETE', path, { token: kept.token })).status).toBe(204);
    expect((await logIn(`lost-${id}`)).status).toBe(401);
    expect((await app.send('GET', '/v1/sessions', { token: lost.token })).status).toBe(401);
    expect((await app.send('GET', '/v1/sessions', { token: kept.token })).status).toBe(200);
    expect(problemOf(await app.send('DELETE', path))).toMatchObject({
      status: 404,
      code: 'device_not_found',
    });
    expect((await app.send('DELETE', `/v1/players/${id}/devices/first`)).status).toBe(204);
    expect((await logIn(name)).status).toBe(401);
    expect(await listed(id)).toEqual([]);
  });

  it('gives a device to one player only', async () => {
    const [one, two] = [await register(), await register()];
    await link(one.id, `shared-${one.id}`);
    for (const reply of [await link(two.id, `shared-${one.id}`), await link(two.id, one.name)]) {
      expect(problemOf(reply)).toMatchObject({ status: 409, code: 'device_taken' });
    }
    const body = { username: 'thief', email: 'thief@example.com', deviceId: secretOf(`shared-${one.id}`) };
    expect(problemOf(await app.send('POST', '/v1/players', { body })).code).toBe('device_taken');
    const patch = { deviceId: secretOf(`shared-${one.id}`) };
    expect((await app.send('PATCH', `/v1/players/${two.id}`, { body: patch })).status).toBe(409);
  });

  it('gives it to one player only, too, when several take it at the same moment by every way there is', async () => {
    const [linking, revising] = [await register(), await register()];
    for (let round = 0; round < 25; round += 1) {
      const deviceId = `contested-device-0123456789-${round}`;
      const registerAt = (on: TestApp, who: string) => {
        const username = `${who}-${round}`;
        return on.send('POST', '/v1/players', {
          body: { username, email: `${username}@example.com`, deviceId },
        });
      };
      const replies = await Promise.all([
        registerAt(app, 'first'),
        other.send('POST', `/v1/players/${linking.id}/devices`, { body: { deviceId } }),
        registerAt(other, 'second'),
        app.send('PATCH', `/v1/players/${revising.id}`, { body: { deviceId } }),
      ]);
      const refused = replies.filter(({ status }) => status >= 300);
      expect(refused.map((reply) => problemOf(reply).code)).toEqual(Array(3).fill('device_taken'));
      expect((await app.send('POST', '/v1/sessions', { body: { deviceId } })).status).toBe(201);
      for (const { id } of await listed(linking.id)) {
        await app.send('DELETE', `/v1/players/${linking.id}/devices/${id}`);
      }
      await app.send('PATCH', `/v1/players/${revising.id}`, { body: { deviceId: null } });
    }
  });

  it('lets players link only their own, a bounded number, and erases them with the player', async () => {
    const [one, two] = [await register(), await register()];
    const { token } = sessionOf(await logIn(one.name));
    expect((await link(two.id, 'foreign', token)).status).toBe(403);
    for (let i = 0; i < 20; i += 1) expect((await link(one.id, `many-${one.id}-${i}`)).status).toBe(201);
    expect(problemOf(await link(one.id, `many-${one.id}-20`)).code).toBe('too_many_devices');
    expect((await app.send('DELETE', `/v1/players/${one.id}`)).status).toBe(204);
    const { rows } = await app.database.sql`SELECT 1 FROM devices WHERE player_id = ${Number(one.id)}`;
    expect(rows).toEqual([]);
    expect((await logIn(`many-${one.id}-0`)).status).toBe(401);
  });
});
