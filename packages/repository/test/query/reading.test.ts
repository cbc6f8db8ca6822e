import { describe, expect, it } from 'vitest';
import { everyRow, ValidationError, type Repository, type Where } from '../../src/index.ts';
import { players, samples } from '../support/entities.ts';
import { engines, failureOf, opened } from '../support/engines.ts';

async function fill(repository: Repository<typeof players>): Promise<void> {
  await repository.insertMany([
    { username: 'ann', level: 1, email: 'ann@a.kr', guild: 'red' },
    { username: 'Anna', level: 5, gold: 10 },
    { username: 'bob', level: 5, email: 'bob@a.kr', guild: 'red' },
    { username: 'é_clair', level: 7, gold: 70 },
    { username: 'an%x', level: 9, guild: 'blue' },
    { username: '한옥집', level: 9, email: 'x@a.kr' },
  ]);
}

const conditions: [string, Where<typeof players>, string[]][] = [
  ['equality', { level: 5 }, ['Anna', 'bob']],
  ['two properties', { level: 5, guild: 'red' }, ['bob']],
  ['null', { email: null }, ['Anna', 'é_clair', 'an%x']],
  ['eq null', { email: { eq: null } }, ['Anna', 'é_clair', 'an%x']],
  ['ne, which holds for null', { guild: { ne: 'red' } }, ['Anna', 'é_clair', 'an%x', '한옥집']],
  ['ne null', { guild: { ne: null } }, ['ann', 'bob', 'an%x']],
  ['isNull', { guild: { isNull: true }, level: { gt: 5 } }, ['é_clair', '한옥집']],
  ['isNull false', { guild: { isNull: false } }, ['ann', 'bob', 'an%x']],
  ['a range', { level: { gte: 5, lt: 9 } }, ['Anna', 'bob', 'é_clair']],
  ['an open range', { level: { gt: 5, lte: 9 } }, ['é_clair', 'an%x', '한옥집']],
  [
    'an operand outside the column bounds',
    { level: { gt: -1, lt: 100_000 } },
    ['ann', 'Anna', 'bob', 'é_clair', 'an%x', '한옥집'],
  ],
  ['in', { username: { in: ['bob', 'nobody', 'ann'] } }, ['ann', 'bob']],
  ['in nothing', { level: { in: [] } }, []],
  ['startsWith', { username: { startsWith: 'an' } }, ['ann', 'an%x']],
  ['startsWith with a wildcard character', { username: { startsWith: 'an%' } }, ['an%x']],
  ['startsWith beyond ASCII', { username: { startsWith: '한' } }, ['한옥집']],
  ['startsWith nothing', { username: { startsWith: '' }, level: 9 }, ['an%x', '한옥집']],
  ['or', { or: [{ level: 1 }, { level: 9, guild: 'blue' }] }, ['ann', 'an%x']],
  ['or of nothing', { or: [] }, []],
  ['and', { and: [{ level: { gt: 1 } }, { level: { lt: 7 } }] }, ['Anna', 'bob']],
  ['and of nothing', { and: [] }, ['ann', 'Anna', 'bob', 'é_clair', 'an%x', '한옥집']],
  [
    'not, which holds where the comparison is null',
    { not: { guild: 'red' } },
    ['Anna', 'é_clair', 'an%x', '한옥집'],
  ],
  ['not with a null range', { not: { email: { gt: 'a' } } }, ['Anna', 'é_clair', 'an%x']],
  ['not of everything', { not: {} }, []],
  ['nesting', { not: { or: [{ level: 9 }, { not: { guild: 'red' } }] } }, ['ann', 'bob']],
  ['hostile text', { username: "' OR 1=1 --" }, []],
];

const refused: [string, unknown][] = [
  ['an unknown property', { nobody: 1 }],
  ['undefined', { level: undefined }],
  ['an undefined operand', { level: { gte: undefined } }],
  ['an unknown operator', { level: { like: '%' } }],
  ['an empty comparison', { level: {} }],
  ['a wrong type', { level: '5' }],
  ['null in a range', { email: { lt: null } }],
  ['null in a list', { email: { in: [null] } }],
  ['startsWith on a number', { level: { startsWith: '1' } }],
  ['too long a list', { level: { in: Array.from({ length: 1_001 }, (_, index) => index) } }],
  ['too many conditions', { or: Array.from({ length: 101 }, () => ({ level: 1 })) }],
  ['too deep', Array.from({ length: 12 }).reduce<object>((inner) => ({ not: inner }), { level: 1 })],
  ['a list', []],
  ['SQL', '1=1'],
];

describe.each(engines)('reading on $name', (engine) => {
  it('finds by every condition', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    await fill(repository);
    for (const [what, where, expected] of conditions) {
      const { items } = await repository.findMany({ where });
      expect(
        items.map((item) => item.username),
        what,
      ).toEqual(expected);
      expect(await repository.count(where), what).toBe(expected.length);
      expect(await repository.exists(where), what).toBe(expected.length > 0);
      expect((await repository.findOne(where))?.username, what).toBe(expected[0]);
    }
  });

  it('refuses conditions that mean nothing', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    for (const [what, where] of refused) {
      const failure = await failureOf(repository.findMany({ where: where as Where<typeof players> }));
      expect(failure, what).toBeInstanceOf(ValidationError);
    }
  });

  it('compares every kind', async () => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    const row = { whole: 5, wide: 2n ** 60n, fraction: 0.5, flag: true, words: 'w', momentMs: 5 };
    await repository.insert({ key: 'a', ...row, bytes: Uint8Array.of(1, 2) });
    await repository.insert({ key: 'b' });
    for (const [property, value] of Object.entries(row)) {
      const where = (condition: unknown) => repository.count({ [property]: condition });
      expect(await where(value), property).toBe(1);
      expect(await where({ in: [value] }), property).toBe(1);
      expect(await where({ ne: value }), property).toBe(1);
      expect(await where({ gte: value, lte: value }), property).toBe(1);
      expect(await where(null), property).toBe(1);
    }
    expect(await repository.count({ bytes: Uint8Array.of(1, 2) })).toBe(1);
    expect(await repository.count({ bytes: { ne: Uint8Array.of(1, 2) } })).toBe(1);
    expect(await repository.count({ document: { isNull: true } })).toBe(2);
    await expect(repository.count({ document: { ne: 1 } })).rejects.toThrow(/only isNull/);
  });

  it('finds by keys, in the order of the keys', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    await fill(repository);
    const found = await repository.findByIds([5, 99, 1, 5]);
    expect(found.map((row) => row.id)).toEqual([5, 1, 5]);
    expect(await repository.findByIds([])).toEqual([]);
    expect(await repository.findById(99)).toBeUndefined();
    await expect(repository.getById(99)).rejects.toMatchObject({ code: 'not_found', key: 99 });
    await expect(repository.findById(Number.NaN)).rejects.toBeInstanceOf(ValidationError);
    await expect(repository.findByIds(Array.from({ length: 1_001 }, (_, id) => id))).rejects.toThrow(/1000/);
  });

  it('pages by cursor in every order, seeing each row once while rows come and go', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const rows = Array.from({ length: 57 }, (_, index) => ({
      username: `player ${index}`,
      level: 1 + (index % 4),
      gold: index % 3,
    }));
    await repository.insertMany(rows);
    const orders = [
      [],
      [['id', 'desc']],
      [['level', 'asc']],
      [
        ['level', 'desc'],
        ['id', 'asc'],
      ],
      [
        ['gold', 'asc'],
        ['level', 'desc'],
        ['username', 'asc'],
      ],
      [['username', 'desc']],
    ] as const;
    for (const order of orders) {
      const all = (await repository.findMany({ order, limit: 1_000 })).items;
      const paged: number[] = [];
      let cursor: string | null = null;
      do {
        const page = await repository.findMany({ order, limit: 10, cursor, where: { level: { gte: 1 } } });
        paged.push(...page.items.map((row) => row.id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(paged).toEqual(all.map((row) => row.id));
      expect(all).toHaveLength(57);
    }
    const seen: number[] = [];
    for await (const row of repository.findAll({ limit: 8 })) {
      seen.push(row.id);
      if (row.id === 20) await repository.deleteWhere({ id: { in: [3, 25, 26] } });
    }
    expect(seen).toEqual(
      Array.from({ length: 57 }, (_, index) => index + 1).filter((id) => id !== 25 && id !== 26),
    );
  });

  it('orders text by code point', async () => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    const keys = ['b', 'a', 'B', 'é', 'z', '_', '한', '\u{1F3E0}', '\uFFFD', 'ab', 'a b', ''];
    await repository.insertMany(keys.map((key) => ({ key })));
    const { items } = await repository.findMany({ order: [['key', 'asc']] });
    const byBytes = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(items.map((row) => row.key)).toEqual(byBytes);
  });

  it('orders by a column that can be null where a condition leaves nulls out', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    const emails = ['cy@a.io', 'al@a.io', null, 'bo@a.io', 'al@b.io', null];
    await repository.insertMany(emails.map((email, n) => ({ username: `player ${n}`, email })));
    const pages = async (where: Where<typeof players>) => {
      const found: (string | null)[] = [];
      for await (const { email } of repository.findAll({ where, order: [['email', 'asc']], limit: 1 })) {
        found.push(email);
      }
      return found;
    };
    expect(await pages({ email: { isNull: false } })).toEqual(['al@a.io', 'al@b.io', 'bo@a.io', 'cy@a.io']);
    expect(await pages({ email: { startsWith: 'al' }, level: 1 })).toEqual(['al@a.io', 'al@b.io']);
    for (const where of [{ email: null }, { level: 1 }, { or: [{ email: { startsWith: 'al' } }] }]) {
      expect(await failureOf(pages(where))).toMatchObject({ field: 'order' });
    }
  });

  it('refuses bad limits, orders and cursors', async () => {
    await using test = await opened(engine, [players]);
    const repository = test.database.repository(players);
    await fill(repository);
    const { nextCursor } = await repository.findMany({ limit: 1, order: [['level', 'asc']] });
    const bad: unknown[] = [
      { limit: 0 },
      { limit: 1_001 },
      { limit: 1.5 },
      { order: [['email', 'asc']] },
      { order: [['nobody', 'asc']] },
      { order: [['level', 'up']] },
      {
        order: [
          ['level', 'asc'],
          ['level', 'asc'],
        ],
      },
      { cursor: 'nonsense' },
      { cursor: nextCursor },
      { cursor: Buffer.from('["level.asc,id.asc",1]').toString('base64url'), order: [['level', 'asc']] },
      {
        cursor: Buffer.from('["level.asc,id.asc","1","x"]').toString('base64url'),
        order: [['level', 'asc']],
      },
      { cursor: 'x'.repeat(10_000) },
    ];
    for (const query of bad) {
      const failure = await failureOf(repository.findMany(query as object));
      expect(failure, JSON.stringify(query)).toBeInstanceOf(ValidationError);
    }
    expect((await repository.findMany({ cursor: nextCursor, order: [['level', 'asc']] })).items).toHaveLength(
      5,
    );
    expect(await repository.count(everyRow)).toBe(6);
  });
});
