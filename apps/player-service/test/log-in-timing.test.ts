import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswordHasher, type PasswordHasher } from '../src/passwords/password-hasher.ts';
import { playerOf } from './support/answers.ts';
import { databaseKinds, startTestApp, type TestApp } from './support/test-app.ts';

const password = 'correct horse battery';
const guess = 'a wrong horse battery';
/** Log-ins of each kind. */
const ROUNDS = 9;

/** A hasher that notes what is asked of it. */
function recording(hasher: PasswordHasher) {
  const asked: string[] = [];
  return {
    asked,
    hash: (text: string) => hasher.hash(text),
    verify: (text: string, hash: string | null) => {
      asked.push(text);
      return hasher.verify(text, hash);
    },
    needsRehash: (hash: string) => hasher.needsRehash(hash),
  };
}

describe('a refused log-in', () => {
  let app: TestApp;
  let stack: AsyncDisposableStack;
  const hasher = recording(createPasswordHasher());
  /** Names somebody might want to know of whether they exist. */
  const names = {
    taken: 'taken-name',
    free: 'nobody-has-this',
    withoutPassword: 'device-only',
    deleted: 'gone-name',
  };
  const logIn = (username: string, text = guess) =>
    app.send('POST', '/v1/sessions', { body: { username, password: text } });

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const [sqlite] = databaseKinds;
    if (sqlite === undefined) throw new Error('SQLite is always there');
    const { url: databaseUrl } = stack.use(await sqlite.create());
    app = stack.use(await startTestApp({ databaseUrl, hasher }));
    const register = async (username: string, more: object) =>
      playerOf(
        await app.send('POST', '/v1/players', {
          body: { username, email: `${username}@example.com`, ...more },
        }),
      );
    await register(names.taken, { password });
    await register(names.withoutPassword, { deviceId: 'device-0123456789-0123456789' });
    const { id } = await register(names.deleted, { password });
    await app.send('DELETE', `/v1/players/${id}`);
  });
  afterAll(() => stack.disposeAsync());

  it.each(Object.entries(names))(
    'hashes the guess once and does the same otherwise: %s',
    async (_kind, name) => {
      hasher.asked.length = 0;
      expect((await logIn(name)).status).toBe(401);
      expect(hasher.asked).toEqual([guess]);
    },
  );

  it('costs the same whether the name exists or not', async () => {
    const costs = new Map(Object.keys(names).map((kind) => [kind, [] as number[]]));
    // Time of the processor, of all threads, is what somebody else's load on the machine does not change; taken by
    // turns, so that what changes with time changes all alike.
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [kind, name] of Object.entries(names)) {
        const before = process.cpuUsage();
        await logIn(name);
        const { user, system } = process.cpuUsage(before);
        if (round > 0) costs.get(kind)?.push(user + system);
      }
    }
    const medians = [...costs.values()].map((each) => each.toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] ?? 0);
    // Without the hash it would be a hundredth.
    expect(Math.max(...medians) / Math.min(...medians), medians.join(' ')).toBeLessThan(1.6);
  });
});
