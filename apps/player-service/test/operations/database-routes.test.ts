import { openDatabase } from '@hanok/repository';
import { temporaryFolder } from '@hanok/testkit';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { players } from '../../src/storage/entities.ts';
import { migrations } from '../../src/storage/migrations.ts';
import { startTestApp } from '../support/test-app.ts';

const adminToken = 'operators-only';

it('lists the migrations with the moment each was applied', async () => {
  await using app = await startTestApp({ databaseUrl: 'sqlite::memory:', adminToken });
  const { status, body } = await app.send('GET', '/v1/migrations', { token: adminToken });
  expect(status).toBe(200);
  const { items } = body as { items: { number: number; appliedAt: string | null }[] };
  expect(items.map(({ number }) => number)).toEqual(migrations.map(({ number }) => number));
  expect(items.every(({ appliedAt }) => appliedAt !== null)).toBe(true);
});

it('hands out a copy of the database that is whole', async () => {
  await using folder = temporaryFolder();
  await using app = await startTestApp({ databaseUrl: `sqlite:${join(folder.path, 'live.db')}`, adminToken });
  const player = { username: 'mina', email: 'mina@example.com' };
  expect((await app.send('POST', '/v1/players', { token: adminToken, body: player })).status).toBe(201);

  const headers = { authorization: `Bearer ${adminToken}` };
  const reply = await app.server.inject({ method: 'GET', url: '/v1/backup', headers });
  expect(reply.statusCode).toBe(200);
  const bytes = reply.rawPayload;
  expect(reply.headers['x-content-sha256']).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(Number(reply.headers['content-length'])).toBe(bytes.length);

  const copy = join(folder.path, 'copy.db');
  await writeFile(copy, bytes);
  const database = await openDatabase(`sqlite:${copy}`);
  const { items } = await database.repository(players).findMany({ limit: 10 });
  await database.close();
  expect(items.map(({ username }) => username)).toEqual(['mina']);
  // The next one is not refused because of this one.
  expect((await app.server.inject({ method: 'GET', url: '/v1/backup', headers })).statusCode).toBe(200);
});

it.each(['/v1/migrations', '/v1/backup'])('%s is for operators', async (url) => {
  await using app = await startTestApp({ databaseUrl: 'sqlite::memory:', adminToken });
  expect((await app.send('GET', url)).status).toBe(401);
  expect((await app.send('GET', url, { token: 'somebody-else' })).status).toBe(403);
});

it('answers a database in memory, which has no file to copy, with a problem', async () => {
  await using app = await startTestApp({ databaseUrl: 'sqlite::memory:', adminToken });
  expect((await app.send('GET', '/v1/backup', { token: adminToken })).status).toBe(501);
});
