import { fileURLToPath } from 'node:url';
import { eventually, startEtcd, startPostgres, startProcess } from '@hanok/testkit';
import type { PostgresServer } from '@hanok/testkit';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createFences, fencedWrite, StaleTokenError } from '../../examples/fenced-write.ts';

const script = fileURLToPath(new URL('reward-payer.ts', import.meta.url));
const patiently = { timeoutMs: 30_000 };
let postgres: PostgresServer;
let url: string;
let connection: Client;

beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres.stop());

beforeEach(async () => {
  url = await postgres.createDatabase();
  connection = new Client({ connectionString: url });
  await connection.connect();
  await createFences(connection);
  await connection.query('CREATE TABLE payments (payer text, token bigint)');
});
afterEach(() => connection.end());

async function payments(): Promise<string[]> {
  const { rows } = await connection.query<{ payer: string }>('SELECT payer FROM payments ORDER BY token');
  return rows.map(({ payer }) => payer);
}

const pay = (token: number, payer = 'me') =>
  fencedWrite(connection, 'reward', token, () =>
    connection.query('INSERT INTO payments VALUES ($1, $2)', [payer, token]),
  );

describe('a fenced write', { timeout: 90_000 }, () => {
  it('of a leader that was paused between its check and its write is refused', async () => {
    await using etcd = await startEtcd();
    const start = (id: string, ...more: string[]) =>
      startProcess({ args: [script, etcd.url, url, id, ...more], readyLine: /ready/ });
    await using old = await start('old', 'pause');
    await eventually(() => expect(old.output()).toMatch(/leads \d+/), patiently);
    await using successor = await start('new');
    await eventually(() => expect(successor.output()).toContain('paid'), patiently);
    expect(old.output()).not.toMatch(/paid|refused/);
    old.kill('SIGCONT');
    await eventually(
      () => expect(old.output()).toMatch(/refused: reward was written under a higher/),
      patiently,
    );
    expect(await payments()).toEqual(['new']);
  });

  it('is made under the same token again and under a higher one, and leaves nothing when it fails', async () => {
    await pay(5, 'a');
    await pay(5, 'b');
    await pay(7, 'c');
    await expect(pay(6, 'late')).rejects.toThrow(StaleTokenError);
    const failure = fencedWrite(connection, 'reward', 9, async () => {
      await connection.query('INSERT INTO payments VALUES ($1, $2)', ['half', 9]);
      throw new Error('out of gold');
    });
    await expect(failure).rejects.toThrow('out of gold');
    // The fence was not raised by what did not happen.
    await pay(8, 'd');
    expect(await payments()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('of one resource does not hold up another', async () => {
    await pay(5);
    await fencedWrite(connection, 'other', 1, () => connection.query('SELECT 1'));
    await expect(pay(4)).rejects.toMatchObject({ code: 'STALE_TOKEN', retryable: false });
  });

  it('never lets a lower token in after a higher one, however many write at once', async () => {
    const writers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const client = new Client({ connectionString: url });
        await client.connect();
        return client;
      }),
    );
    await connection.query('CREATE TABLE history (position bigserial, token bigint)');
    await Promise.all(
      writers.map(async (client, index) => {
        // In no order of the tokens.
        for (let round = 0; round < 10; round += 1) {
          const token = 1 + ((index * 7 + round * 3) % 20);
          await fencedWrite(client, 'history', token, () =>
            client.query('INSERT INTO history (token) VALUES ($1)', [token]),
          ).catch((error: unknown) => {
            if (!(error instanceof StaleTokenError)) throw error;
          });
        }
      }),
    );
    const { rows } = await connection.query<{ token: string }>('SELECT token FROM history ORDER BY position');
    const tokens = rows.map(({ token }) => Number(token));
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
    expect(tokens.at(-1)).toBe(20);
    await Promise.all(writers.map((client) => client.end()));
  });
});
