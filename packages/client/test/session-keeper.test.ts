import { expect, it } from 'vitest';
import { createClient, type NewSession } from '../src/index.ts';
import { sendJson, startFakeService, type FakeService } from './fake-service.ts';

const UNAUTHORIZED = { status: 401, code: 'unauthorized', retryable: false };

function session(generation: number): NewSession {
  return {
    token: `hps_${generation}`,
    playerId: '1',
    expiresAt: '2026-01-01T00:00:00.000Z',
    refreshToken: `hpr_${generation}`,
    refreshExpiresAt: '2026-02-01T00:00:00.000Z',
  };
}

/** Knows one token and one refresh token at a time; a refresh token that comes twice ends everything. */
async function startRotatingService(): Promise<FakeService & { expire(): void; refreshes(): number }> {
  let generation = 1;
  let expired = false;
  let ended = false;
  let refreshes = 0;
  const service = await startFakeService((response, index) => {
    const seen = service.seen[index];
    if (seen?.url === '/v1/sessions') return sendJson(response, 201, session(generation));
    if (seen?.url === '/v1/sessions/refresh') {
      refreshes += 1;
      const { refreshToken } = JSON.parse(seen.body) as { refreshToken: string };
      if (ended || refreshToken !== `hpr_${generation}`) {
        ended = true;
        return sendJson(response, 401, UNAUTHORIZED);
      }
      generation += 1;
      expired = false;
      return sendJson(response, 201, session(generation));
    }
    const valid = !ended && !expired && seen?.headers.authorization === `Bearer hps_${generation}`;
    return valid ? sendJson(response, 200, { id: '1' }) : sendJson(response, 401, UNAUTHORIZED);
  });
  return Object.assign(service, {
    expire: () => {
      expired = true;
    },
    refreshes: () => refreshes,
  });
}

it('refreshes an expired session once, however many calls meet it, and tells of each new one', async () => {
  await using service = await startRotatingService();
  const told: string[] = [];
  const me = await createClient({ baseUrl: service.url }).logIn(
    { deviceId: 'a-device-of-the-test' },
    { onSession: ({ token }) => told.push(token) },
  );
  for (let round = 1; round <= 2; round += 1) {
    service.expire();
    const players = await Promise.all(Array.from({ length: 8 }, () => me.players.get('1')));
    expect(players).toHaveLength(8);
    expect(service.refreshes()).toBe(round);
  }
  expect(told).toEqual(['hps_1', 'hps_2', 'hps_3']);
});

it('repeats a change that was refused for its token, under the same key', async () => {
  await using service = await startRotatingService();
  const me = createClient({ baseUrl: service.url }).resume(session(1));
  service.expire();
  await me.players.update('1', { username: 'mina' });
  const patches = service.seen.filter(({ method }) => method === 'PATCH');
  expect(patches.map(({ headers }) => headers.authorization)).toEqual(['Bearer hps_1', 'Bearer hps_2']);
  expect(new Set(patches.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
});

it('gives the refusal of the call when the session is over for good', async () => {
  await using service = await startRotatingService();
  const me = createClient({ baseUrl: service.url }).resume({ ...session(1), refreshToken: 'hpr_stale' });
  service.expire();
  await expect(me.players.get('1')).rejects.toMatchObject({ status: 401, code: 'unauthorized' });
  const { token, playerId, expiresAt } = session(1);
  const without = createClient({ baseUrl: service.url }).resume({ token, playerId, expiresAt });
  await expect(without.players.get('1')).rejects.toMatchObject({ status: 401 });
  expect(service.refreshes()).toBe(1);
});
