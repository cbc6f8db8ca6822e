import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  bigint,
  defineEntity,
  integer,
  json,
  text,
  timestamp,
  type KeyOf,
  type NewRow,
  type Repository,
  type Row,
} from '../../src/index.ts';
import { afterPrefix } from '../../src/query/prefix.ts';

const heroes = defineEntity({
  table: 'heroes',
  columns: {
    id: integer().generated(),
    name: text({ maxLength: 8 }),
    rank: text({ oneOf: ['low', 'high'] }).default('low'),
    clan: text().nullable(),
    score: bigint().default(0n),
    data: json<{ skin: string }>(),
    bornAt: timestamp().defaultNow(),
    version: integer().version(),
  },
});

describe('defineEntity', () => {
  it('gives the types of rows, new rows and keys', () => {
    expectTypeOf<Row<typeof heroes>>().toEqualTypeOf<{
      id: number;
      name: string;
      rank: 'low' | 'high';
      clan: string | null;
      score: bigint;
      data: { skin: string };
      bornAt: number;
      version: number;
    }>();
    expectTypeOf<{ name: string; data: { skin: string } }>().toExtend<NewRow<typeof heroes>>();
    expectTypeOf<{ name: string }>().not.toExtend<NewRow<typeof heroes>>();
    expectTypeOf<{ name: string; data: { skin: string }; rank: 'top' }>().not.toExtend<
      NewRow<typeof heroes>
    >();
    expectTypeOf<KeyOf<typeof heroes>>().toEqualTypeOf<number>();
    expectTypeOf<Parameters<Repository<typeof heroes>['findOne']>[0]>().not.toBeAny();
  });

  it('lets conditions, orders and changes name only what fits', () => {
    type Where = NonNullable<Parameters<Repository<typeof heroes>['count']>[0]>;
    expectTypeOf<{ name: { startsWith: 'a' } }>().toExtend<Where>();
    expectTypeOf<{ id: { startsWith: 'a' } }>().not.toExtend<Where>();
    expectTypeOf<{ name: 5 }>().not.toExtend<Where>();
    type Changed = keyof Parameters<Repository<typeof heroes>['update']>[1];
    expectTypeOf<Changed>().toEqualTypeOf<'name' | 'rank' | 'clan' | 'score' | 'data' | 'bornAt'>();
    type Order = NonNullable<Parameters<Repository<typeof heroes>['findOne']>[1]>;
    expectTypeOf<['name', 'asc'][]>().toExtend<Order>();
    expectTypeOf<['clan', 'asc'][]>().toExtend<Order>();
    expectTypeOf<['data', 'asc'][]>().not.toExtend<Order>();
  });

  it.each([
    ['no key', () => defineEntity({ table: 't', columns: { a: text() } })],
    [
      'two keys',
      () => defineEntity({ table: 't', columns: { a: text().primaryKey(), b: text().primaryKey() } }),
    ],
    ['a nullable key', () => defineEntity({ table: 't', columns: { a: text().nullable().primaryKey() } })],
    ['nothing to insert', () => defineEntity({ table: 't', columns: { id: integer().generated() } })],
    ['a bad table', () => defineEntity({ table: 'Players"', columns: { a: text().primaryKey() } })],
    ['a bad column', () => defineEntity({ table: 't', columns: { a: text().primaryKey().named('x y') } })],
    ['a bad property', () => defineEntity({ table: 't', columns: { 'a-b': text().primaryKey() } })],
    ['a reserved property', () => defineEntity({ table: 't', columns: { and: text().primaryKey() } })],
    [
      'an index on nothing',
      () => defineEntity({ table: 't', columns: { a: text().primaryKey() }, indexes: [['b' as 'a']] }),
    ],
  ])('refuses %s', (_, declare) => {
    expect(declare).toThrow(TypeError);
  });
});

describe('afterPrefix', () => {
  it.each([
    ['', undefined],
    ['a', 'b'],
    ['an', 'ao'],
    ['a\u{10FFFF}', 'b'],
    ['\u{10FFFF}', undefined],
    ['\uD7FF', '\uE000'],
    ['🏠', '🏡'],
  ])('of %j is %j', (prefix, after) => {
    expect(afterPrefix(prefix)).toBe(after);
  });
});
