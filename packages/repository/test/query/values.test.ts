import { describe, expect, it } from 'vitest';
import { CheckViolation, increment, ValidationError } from '../../src/index.ts';
import { samples } from '../support/entities.ts';
import { engines, failureOf, opened } from '../support/engines.ts';

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);

const wholes = [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const wides = [0n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, MAX_INT64, MIN_INT64];
const fractions = [0.1, -0.1, 1e-300, 1.7976931348623157e308, 5e-324, 123_456_789.123_456_79, 3];
const words = [
  '',
  "O'Brien",
  '"; DROP TABLE samples; --',
  '한옥 🏠',
  '\u{10FFFF}',
  '%_\\',
  ' lead\n\ttrail ',
  '?$1',
];
const documents: unknown[] = [
  {},
  [],
  { a: { b: [1, null, true, 'é "quoted" \\ 🏠', -0.5, 1e21] } },
  'text',
  0,
  false,
  { '': '', 'key with "quotes"': "it's" },
  '\\u0000 is only six characters',
];

describe.each(engines)('values on $name', (engine) => {
  it('keeps every kind exactly, and null', async () => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    const rows = [
      ...wholes.map((whole) => ({ whole })),
      ...wides.map((wide) => ({ wide })),
      ...fractions.map((fraction) => ({ fraction })),
      ...[true, false].map((flag) => ({ flag })),
      ...words.map((text) => ({ words: text })),
      ...documents.map((document) => ({ document })),
      ...[0, -1, 8_640_000_000_000_000, 1_700_000_000_123].map((momentMs) => ({ momentMs })),
      { kind: 'shield' as const },
    ];
    for (const [index, row] of rows.entries()) {
      const inserted = await repository.insert({ key: `row ${index}`, ...row });
      expect(inserted).toMatchObject(row);
      expect(await repository.findById(`row ${index}`)).toEqual(inserted);
    }
  });

  it('keeps bytes', async () => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    for (const bytes of [new Uint8Array(0), Uint8Array.from({ length: 256 }, (_, index) => index)]) {
      await repository.upsert({ key: 'bytes', bytes });
      const stored = await repository.getById('bytes');
      expect([...(stored.bytes ?? [])]).toEqual([...bytes]);
    }
    const many = await repository.insertMany([{ key: 'other', bytes: Uint8Array.of(0, 39, 92, 255) }]);
    expect([...((await repository.getById('other')).bytes ?? [])]).toEqual([...(many[0]?.bytes ?? [])]);
  });

  it('stores -0 as 0, and JSON as it serialises', async () => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    const document = { kept: 1, dropped: undefined, date: new Date(0) };
    const inserted = await repository.insert({ key: 'a', fraction: -0, whole: -0, document });
    const stored = await repository.getById('a');
    expect(Object.is(stored.fraction, 0) && Object.is(stored.whole, 0)).toBe(true);
    expect(inserted).toEqual(stored);
    expect(stored.document).toEqual({ kept: 1, date: '1970-01-01T00:00:00.000Z' });
  });

  it.each([
    ['whole', 1.5, /integer/],
    ['whole', 2 ** 53, /integer/],
    ['whole', '1', /integer/],
    ['wide', 1, /bigint/],
    ['wide', MAX_INT64 + 1n, /bigint/],
    ['fraction', Number.NaN, /finite/],
    ['fraction', Number.POSITIVE_INFINITY, /finite/],
    ['flag', 1, /true or false/],
    ['words', 7, /text/],
    ['words', 'nul \0', /NUL/],
    ['words', 'half \ud800', /well-formed/],
    ['words', 'x'.repeat(65_537), /at most 65536/],
    ['bytes', 'text', /bytes/],
    ['document', 1n, /JSON/],
    ['document', () => 1, /JSON/],
    ['document', { deep: ['nul \0'] }, /NUL/],
    ['document', '\udfff', /well-formed/],
    ['momentMs', 8_640_000_000_000_001, /at most/],
    ['kind', 'axe', /one of sword, shield/],
    ['kind', null, /not null/],
    ['unknown', 1, /not a column/],
    ['__proto__x', 1, /not a column/],
  ])('refuses a bad %s, case %#', async (field, value, rule) => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    const row = { key: 'a', [field]: value };
    const failure = await failureOf(repository.insert(row));
    expect(failure).toBeInstanceOf(ValidationError);
    expect(failure).toMatchObject({ field, rule: expect.stringMatching(rule), retryable: false });
    expect(await repository.count()).toBe(0);
  });

  it('counts characters, not UTF-16 units', async () => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    const key = '🏠'.repeat(40);
    await repository.insert({ key });
    expect((await repository.getById(key)).key).toBe(key);
    await expect(repository.insert({ key: `${key}x` })).rejects.toThrow(/at most 40/);
  });

  it('adds exactly, and lets no sum leave the exact range', async () => {
    await using test = await opened(engine, [samples]);
    const repository = test.database.repository(samples);
    await repository.insert({
      key: 'a',
      whole: Number.MAX_SAFE_INTEGER - 2,
      wide: MAX_INT64 - 5n,
      fraction: 0.5,
    });
    const sums = await repository.update('a', {
      whole: increment(1),
      wide: increment(4n),
      fraction: increment(0.25),
    });
    expect(sums).toMatchObject({ whole: Number.MAX_SAFE_INTEGER - 1, wide: MAX_INT64 - 1n, fraction: 0.75 });
    await expect(repository.update('a', { whole: increment(2) })).rejects.toBeInstanceOf(CheckViolation);
    await expect(repository.update('a', { wide: increment(2n) })).rejects.toBeInstanceOf(CheckViolation);
    expect(await repository.getById('a')).toEqual(sums);
  });
});
