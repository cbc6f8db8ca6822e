import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, temporaryFolder } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { startService } from './support/service-process.ts';

const COMMANDS = join(import.meta.dirname, '../src/commands');

async function run(command: string, args: readonly string[], databaseUrl: string) {
  await using child = await startProcess({
    args: [join(COMMANDS, `${command}.ts`), ...args],
    env: { DATABASE_URL: databaseUrl },
  });
  const { code } = await child.exited;
  return { code, output: child.output() };
}

it(
  'backs up while players write, and the copy is a database to start from',
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    await using _ = folder;
    const databaseUrl = `sqlite:${join(folder.path, 'live.db')}`;
    const copy = join(folder.path, 'copy.db');
    await using service = await startService({ DATABASE_URL: databaseUrl, CACHE_URL: 'memory:' });
    const create = (name: string) =>
      service.send('POST', '/v1/players', {
        body: { username: name, email: `${name}@example.com`, gold: 5 },
      });
    expect((await create('before')).status).toBe(201);

    const enough = new AbortController();
    const writer = (async () => {
      for (let index = 0; !enough.signal.aborted; index += 1) await create(`during-${index}`);
    })();
    const backup = await run('backup', [copy], databaseUrl);
    enough.abort();
    await writer;
    expect(backup).toEqual({ code: 0, output: expect.stringMatching(/^\d+ bytes in .*copy\.db\n$/u) });
    expect(await run('backup', [copy], databaseUrl)).toEqual({
      code: 1,
      output: expect.stringContaining('exists already'),
    });

    await using restored = await startService({ DATABASE_URL: `sqlite:${copy}`, CACHE_URL: 'memory:' });
    const found = await restored.send('GET', '/v1/players?usernamePrefix=before');
    expect(found.body).toMatchObject({ items: [{ username: 'before', gold: 5 }] });
    expect((await restored.send('GET', '/v1/audit')).body).toMatchObject({ balanced: true });
  },
);

it('shows which migrations there are, and what they would do', { timeout: 120_000 }, async () => {
  await using folder = temporaryFolder();
  const databaseUrl = `sqlite:${join(folder.path, 'new.db')}`;
  expect((await run('migrations', ['status'], databaseUrl)).output).toContain(
    '001 create-players: pending\n',
  );
  const planned = await run('migrations', ['dry-run'], databaseUrl);
  expect(planned.output).toMatch(/^-- 1 create-players\nCREATE TABLE players/u);
  {
    await using service = await startService({ DATABASE_URL: databaseUrl, CACHE_URL: 'memory:' });
    expect((await service.send('GET', '/readyz')).status).toBe(200);
  }
  expect((await run('migrations', ['status'], databaseUrl)).output).toMatch(/^001 create-players: 20\d\d-/mu);
  expect(await run('migrations', ['dry-run'], databaseUrl)).toEqual({
    code: 0,
    output: '-- nothing to do\n',
  });
});

it('says in one sentence what is wrong', { timeout: 120_000 }, async () => {
  await using folder = temporaryFolder();
  expect(await run('backup', [], 'sqlite::memory:')).toMatchObject({ code: 2 });
  expect(await run('migrations', ['down'], 'sqlite::memory:')).toMatchObject({ code: 2 });
  expect(await run('backup', [join(folder.path, 'copy.db')], 'nowhere:')).toMatchObject({
    code: 1,
    output: expect.stringContaining('DATABASE_URL'),
  });
  const damaged = join(folder.path, 'damaged.db');
  writeFileSync(damaged, 'this is no database, though it is long enough to look like the header of one');
  expect(await run('migrations', ['status'], `sqlite:${damaged}`)).toMatchObject({ code: 1 });
});
