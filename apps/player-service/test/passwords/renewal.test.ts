import { expect, it } from 'vitest';
import { players } from '../../src/storage/entities.ts';
import { playerOf } from '../support/answers.ts';
import { startTestApp } from '../support/test-app.ts';

/** Of `correct horse`, made by an earlier version. */
const EARLIER = 'scrypt$4$8$1$c29tZXNhbHRzb21lc2FsdA$VcmBslm12_xG8Ih6pCP1Kc4ks_rabtsHzPeQoipJ0Jw';

it('replaces the hash of an earlier version at the next log-in, and only at a right one', async () => {
  await using app = await startTestApp({ databaseUrl: 'sqlite::memory:' });
  const body = { username: 'hong-gildong', email: 'hong@example.com', password: 'another password' };
  const { id } = playerOf(await app.send('POST', '/v1/players', { body }));
  const repository = app.database.repository(players);
  await repository.update(Number(id), { passwordHash: EARLIER });
  const logIn = async (password: string) =>
    (await app.send('POST', '/v1/sessions', { body: { username: body.username, password } })).status;

  expect(await logIn('correct horsf')).toBe(401);
  expect((await repository.getById(Number(id))).passwordHash).toBe(EARLIER);
  expect(await logIn('correct horse')).toBe(201);
  expect((await repository.getById(Number(id))).passwordHash).toMatch(/^\$argon2id\$/u);
  expect(await logIn('correct horse')).toBe(201);
});
