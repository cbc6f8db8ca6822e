import { fileURLToPath } from 'node:url';
import { eventually, seededRng, startProcess } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/index.ts';
import { players } from '../support/entities.ts';
import { opened, sqliteFile, tablesOf } from '../support/engines.ts';

const script = fileURLToPath(new URL('../support/sqlite-writer.ts', import.meta.url));
const CYCLES = 5;

describe('several processes on one SQLite file', () => {
  it('lose no write, starve nobody, and are seen by readers of other processes', async () => {
    await using test = await opened(sqliteFile, [players]);
    const repository = test.database.repository(players);
    await repository.insert({ username: 'counter' });
    const children = await Promise.all(
      [1, 2, 3].map(() => startProcess({ args: [script, 'counter', test.url, '200'] })),
    );
    const own = Array.from({ length: 50 }, () => repository.update(1, { guild: 'here' }));
    await Promise.all(own);
    const exits = await Promise.all(children.map((child) => child.exited));
    for (const [index, exit] of exits.entries()) expect(exit.code, children[index]?.output()).toBe(0);
    expect(await repository.getById(1)).toMatchObject({ gold: 600, version: 651, guild: 'here' });
  });

  it('keep every acknowledged write, whole, through kill -9', { timeout: 180_000 }, async () => {
    await using test = await opened(sqliteFile, [players]);
    await test.database.close();
    const rng = seededRng(20_260_101);
    const acknowledged: string[] = [];
    for (let cycle = 0; cycle < CYCLES; cycle += 1) {
      const child = await startProcess({
        args: [script, 'ledger', test.url],
        readyLine: /ack/,
        readyTimeoutMs: 60_000,
      });
      const wanted = 20 + Math.floor(rng.next() * 300);
      await eventually(() => child.output().split('\n').length > wanted, {
        intervalMs: 1,
        timeoutMs: 60_000,
      });
      child.kill('SIGKILL');
      await child.exited;
      acknowledged.push(...acks(child.output()));
      const notices: string[] = [];
      const database = await openDatabase(test.url, { onNotice: (notice) => notices.push(notice) });
      expect(notices).toEqual([
        expect.stringContaining('was not closed cleanly; its integrity check passed'),
      ]);
      await expectWhole(database, acknowledged);
      await database.close();
    }
    expect(acknowledged.length).toBeGreaterThan(CYCLES * 20);
  });
});

function acks(output: string): string[] {
  return [...output.matchAll(/^ack (\S+)$/gm)].map((match) => match[1] ?? '');
}

async function expectWhole(database: Database, acknowledged: readonly string[]): Promise<void> {
  await database.migrate(tablesOf([players]));
  const names = new Set<string>();
  for await (const row of database.repository(players).findAll({ limit: 1_000 })) names.add(row.username);
  const lost = acknowledged.filter((name) => !names.has(`${name}a`) || !names.has(`${name}b`));
  expect(lost).toEqual([]);
  const halves = [...names].filter(
    (name) => !names.has(name.slice(0, -1) + (name.endsWith('a') ? 'b' : 'a')),
  );
  expect(halves).toEqual([]);
}
