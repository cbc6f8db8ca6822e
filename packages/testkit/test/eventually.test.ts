import { expect, it } from 'vitest';
import { eventually } from '../src/index.ts';

it('gives what the check gives once it holds', async () => {
  let looks = 0;
  const value = await eventually(() => (++looks < 3 ? null : `look ${looks}`), { intervalMs: 1 });
  expect(value).toBe('look 3');
});

it('waits while the check throws or gives false, and takes a block of expectations as it is', async () => {
  let looks = 0;
  await eventually(() => expect(++looks).toBe(3), { intervalMs: 1 });
  await eventually(() => ++looks === 6, { intervalMs: 1 });
  expect(looks).toBe(6);
});

it('waits for asynchronous checks', async () => {
  let looks = 0;
  await eventually(async () => Promise.resolve(++looks > 2), { intervalMs: 1 });
  expect(looks).toBe(3);
});

it('tells how the last look failed', async () => {
  let looks = 0;
  const failing = eventually(
    () => {
      throw new Error(`failure ${++looks}`);
    },
    { timeoutMs: 5, intervalMs: 1 },
  );
  const error = await failing.then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  expect(error?.message).toBe(`Not so within 5 ms: failure ${looks}`);
  expect(error?.cause).toMatchObject({ message: `failure ${looks}` });
});

it('looks at least once', async () => {
  expect(await eventually(() => 'at once', { timeoutMs: 0 })).toBe('at once');
});

it('gives up on a check that hangs', async () => {
  const hanging = eventually(() => new Promise<boolean>(() => undefined), { timeoutMs: 5 });
  await expect(hanging).rejects.toThrow('Not so within 5 ms: the check did not end within 1000 ms');
});
