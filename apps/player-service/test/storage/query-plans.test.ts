import { temporaryFolder } from '@hanok/testkit';
import Driver from 'better-sqlite3';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startTestApp } from '../support/test-app.ts';

/** What a player service asks of many players at once, and the plan that must serve it however many there are. */
const searches: readonly [string, string, string][] = [
  [
    'a page by level',
    'level >= 5 AND level <= 9 AND deleted_at IS NULL ORDER BY level, id LIMIT 51',
    'players_level ',
  ],
  [
    'a later page by level',
    '+level >= 5 AND deleted_at IS NULL AND (level, id) > (7, 100 COLLATE BINARY) ORDER BY level, id LIMIT 51',
    'players_level \\(\\(level,rowid\\)>',
  ],
  [
    'a page by name',
    "username_key >= 'a' AND username_key < 'b' AND deleted_at IS NULL ORDER BY username_key, id LIMIT 51",
    'sqlite_autoindex_players_1',
  ],
  ['a page by id', 'deleted_at IS NULL AND id > 7 ORDER BY id LIMIT 51', 'PRIMARY KEY'],
  [
    'players to erase',
    'deleted_at <= 5 AND username IS NOT NULL ORDER BY deleted_at LIMIT 50',
    'players_deleted_at',
  ],
];

it('SQLite finds players by an index, in its order', async () => {
  await using folder = temporaryFolder();
  const path = join(folder.path, 'hanok.db');
  await (await startTestApp({ databaseUrl: `sqlite:${path}` }))[Symbol.asyncDispose]();
  const driver = new Driver(path, { readonly: true });
  for (const [what, condition, index] of searches) {
    const steps = driver
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN SELECT * FROM players WHERE ${condition}`)
      .all();
    expect(
      steps.map(({ detail }) => detail),
      what,
    ).toEqual([expect.stringMatching(`^SEARCH .*${index}`)]);
  }
  driver.close();
});
