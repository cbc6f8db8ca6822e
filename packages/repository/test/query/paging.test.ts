import Driver from 'better-sqlite3';
import { describe, expect, it, vi } from 'vitest';
import { defineEntity, integer, text, type Order, type Repository, type Where } from '../../src/index.ts';
import { engines, opened, sqliteFile } from '../support/engines.ts';

const heroes = defineEntity({
  table: 'heroes',
  columns: {
    id: integer().generated(),
    level: integer(),
    name: text(),
    email: text().nullable(),
  },
  indexes: [['level'], ['name'], ['email']],
});

type Hero = typeof heroes;

async function fill(repository: Repository<Hero>): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, index) => ({
    level: 1 + ((index * 7) % 6),
    name: `${'abc'[index % 3]}${index % 10}`,
    email: index % 4 === 0 ? null : `${(index * 13) % 10}@a.kr`,
  }));
  await repository.insertMany(rows);
}

const orders: readonly Order<Hero>[] = [
  [],
  [['id', 'desc']],
  [['level', 'asc']],
  [['level', 'desc']],
  [
    ['level', 'desc'],
    ['id', 'asc'],
  ],
  [
    ['level', 'asc'],
    ['name', 'desc'],
  ],
  [['name', 'asc']],
  [['name', 'desc']],
];

const conditions: readonly Where<Hero>[] = [
  { level: { gte: 2 } },
  { level: { lte: 5 } },
  { level: { gt: 1, lt: 6 } },
  { level: { gte: 4, lte: 4 } },
  { level: 4 },
  { level: { in: [2, 5] } },
  { level: { gte: 6 } },
  { level: { lte: 1 } },
  { id: { gt: 5, lt: 50 } },
  { id: { gte: 55 } },
  { id: { lte: 6 } },
  { name: { startsWith: 'b' } },
  { name: { gte: 'a5', lt: 'c5' } },
  { and: [{ level: { gte: 2 } }, { name: { gt: 'b' } }] },
  { or: [{ level: { gte: 5 } }, { name: { lt: 'b' } }] },
  { not: { level: { gt: 2, lt: 5 } } },
];

describe.each(engines)('pages on $name', (engine) => {
  it('go on behind a cursor, under whatever conditions', async () => {
    await using test = await opened(engine, [heroes]);
    const repository = test.database.repository(heroes);
    await fill(repository);
    for (const order of orders) {
      const all = (await repository.findMany({ order, limit: 1_000 })).items.map(({ id }) => id);
      for (const limit of [5, 30, 55]) {
        const { nextCursor: cursor } = await repository.findMany({ order, limit });
        const behind = all.slice(limit);
        for (const where of conditions) {
          const matching = new Set((await repository.findMany({ where })).items.map(({ id }) => id));
          const page = await repository.findMany({ order, where, cursor });
          expect(
            page.items.map(({ id }) => id),
            JSON.stringify({ order, limit, where }),
          ).toEqual(behind.filter((id) => matching.has(id)));
        }
      }
    }
  });
});

const hasEmail: Where<Hero> = { email: { isNull: false } };

/** Behind the cursors are the levels from 3 up, or from 4 down, and the names from the midst of those with a b. */
const searches: readonly [Where<Hero>, Order<Hero>, string][] = [
  [{ level: { gte: 2 } }, [['level', 'asc']], 'level_index ((level,rowid)>(?,?))'],
  [{ level: { gt: 1, lt: 6 } }, [['level', 'asc']], 'level_index ((level,rowid)>(?,?) AND level<?)'],
  [{ level: { lte: 5 } }, [['level', 'desc']], 'level_index ((level,rowid)<(?,?))'],
  [{ level: { gte: 1, lte: 5 } }, [['level', 'desc']], 'level_index (level>? AND (level,rowid)<(?,?))'],
  [{ and: [{ level: { gte: 2 } }] }, [['level', 'asc']], 'level_index ((level,rowid)>(?,?))'],
  [{ name: { startsWith: 'a' } }, [['name', 'asc']], 'name_index ((name,rowid)>(?,?) AND name<?)'],
  [{ name: { startsWith: 'c' } }, [['name', 'desc']], 'name_index (name>? AND (name,rowid)<(?,?))'],
  [hasEmail, [['email', 'asc']], 'email_index ((email,rowid)>(?,?))'],
  [{ level: { gte: 5 } }, [['level', 'asc']], 'level_index (level>?)'],
  [{ level: { gte: 1, gt: 4 } }, [['level', 'asc']], 'level_index (level>?)'],
  [{ level: { lte: 2 } }, [['level', 'desc']], 'level_index (level<?)'],
  [{ name: { startsWith: 'c' } }, [['name', 'asc']], 'name_index (name>? AND name<?)'],
  [{ level: { in: [2, 5] } }, [['level', 'asc']], 'level_index (level=?)'],
];

it('SQLite looks a page up where its cursor is, unless a condition begins behind it', async () => {
  await using test = await opened(sqliteFile, [heroes]);
  const repository = test.database.repository(heroes);
  await fill(repository);
  const driver = new Driver(test.url.slice('sqlite:'.length), { readonly: true });
  const prepare = vi.spyOn(Driver.prototype, 'prepare');
  for (const [where, order, range] of searches) {
    const { nextCursor: cursor } = await repository.findMany({ where: hasEmail, order, limit: 20 });
    await repository.findMany({ where, order, cursor });
    const sql = prepare.mock.lastCall?.[0] ?? '';
    const values = sql.match(/\?/g) ?? [];
    const steps = driver.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
    expect(
      steps.map(({ detail }) => detail),
      sql,
    ).toEqual([`SEARCH heroes USING INDEX heroes_${range}`]);
  }
  prepare.mockRestore();
  driver.close();
});
