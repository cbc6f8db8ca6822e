import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteExpired } from '../../src/storage/delete-expired.ts';
import { idempotencyKeys } from '../../src/storage/entities.ts';
import { databaseKinds, startTestApp, type TestApp } from '../support/test-app.ts';

describe.each(databaseKinds)('deleting what has expired on $name', ({ create }) => {
  const stack = new AsyncDisposableStack();
  let app: TestApp;

  beforeAll(async () => {
    const { url: databaseUrl } = stack.use(await create());
    app = stack.use(await startTestApp({ databaseUrl }));
  });
  afterAll(() => stack.disposeAsync());

  const keys = () => app.database.repository(idempotencyKeys);
  const fill = (count: number, expiresAt: number) =>
    keys().insertMany(
      Array.from({ length: count }, (_, n) => ({
        id: `${expiresAt}-${n}`,
        fingerprint: 'f',
        status: 200,
        headers: {},
        body: null,
        touched: [],
        expiresAt,
      })),
    );

  it('takes all of a long backlog, and nothing else', async () => {
    await fill(1_203, 1_000);
    await fill(3, 1_001);
    await deleteExpired(app.database, 'idempotencyKeys', { expiredByMs: 1_000, isWanted: () => true });
    expect(await keys().count()).toBe(3);
    await deleteExpired(app.database, 'idempotencyKeys', { expiredByMs: 1_001, isWanted: () => true });
    expect(await keys().count()).toBe(0);
  });

  it('ends when it is not wanted any more', async () => {
    await fill(1_203, 1_000);
    let batches = 0;
    await deleteExpired(app.database, 'idempotencyKeys', {
      expiredByMs: 1_000,
      isWanted: () => (batches += 1) <= 2,
    });
    expect(await keys().count()).toBe(203);
  });
});
