import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../support/engines.ts';

describeOnEveryEngine('Leaderboards', (open) => {
  async function start() {
    const cache = await open();
    return cache.leaderboards;
  }

  it('puts the highest score first and keeps the best of each player', async () => {
    const boards = await start();
    expect(await boards.submit('weekly', '1', 10)).toEqual({
      playerId: '1',
      score: 10,
      rank: 1,
      changed: true,
    });
    expect(await boards.submit('weekly', '2', 30)).toMatchObject({ rank: 1 });
    expect(await boards.submit('weekly', '1', 20)).toMatchObject({ score: 20, rank: 2, changed: true });
    expect(await boards.submit('weekly', '1', 15)).toMatchObject({ score: 20, rank: 2, changed: false });
    expect(await boards.top('weekly')).toEqual([
      { playerId: '2', score: 30, rank: 1 },
      { playerId: '1', score: 20, rank: 2 },
    ]);
    expect(await boards.top('monthly')).toEqual([]);
  });

  it('orders equal scores by who reached them first', async () => {
    const boards = await start();
    for (const id of ['9', '1', '5']) await boards.submit('weekly', id, 10);
    await boards.submit('weekly', '7', 5);
    await boards.submit('weekly', '7', 10);
    await boards.submit('weekly', '9', 10);
    expect((await boards.top('weekly')).map(({ playerId }) => playerId)).toEqual(['9', '1', '5', '7']);
  });

  it.each([
    ['best', 'ascending', [5, 9, 3], 3],
    ['last', 'descending', [5, 9, 3], 3],
    ['sum', 'descending', [5, 9, -3], 11],
    ['sum', 'ascending', [-5, 0, -3], -8],
  ] as const)('combines scores by %s on %s boards', async (operator, order, scores, expected) => {
    const boards = await start();
    await boards.define('b', { operator, order });
    for (const score of scores) await boards.submit('b', '1', score);
    expect(await boards.rank('b', '1')).toMatchObject({ score: expected, rank: 1, total: 1 });
    expect(await boards.describe('b')).toEqual({ operator, order, total: 1 });
  });

  it('puts the lowest score first on ascending boards', async () => {
    const boards = await start();
    await boards.define('laps', { order: 'ascending' });
    for (const [id, score] of [
      ['1', 70],
      ['2', -60],
      ['3', 0],
    ] as const)
      await boards.submit('laps', id, score);
    expect((await boards.top('laps')).map(({ playerId, score }) => [playerId, score])).toEqual([
      ['2', -60],
      ['3', 0],
      ['1', 70],
    ]);
  });

  it('keeps a definition as long as there are scores under it', async () => {
    const boards = await start();
    await boards.submit('b', '1', 5);
    await expect(boards.define('b', { operator: 'sum' })).rejects.toMatchObject({ code: 'conflict' });
    await boards.define('b', { operator: 'best', order: 'descending' });
    expect(await boards.clear('b')).toBe(true);
    expect(await boards.clear('b')).toBe(false);
    await boards.define('b', { operator: 'sum' });
    await boards.submit('b', '1', 5);
    expect(await boards.submit('b', '1', 5)).toMatchObject({ score: 10 });
  });

  it('carries scores exactly up to 2^53 - 1, and refuses sums beyond', async () => {
    const boards = await start();
    await boards.define('b', { operator: 'sum' });
    await boards.submit('b', '1', Number.MAX_SAFE_INTEGER);
    await boards.submit('b', '2', Number.MAX_SAFE_INTEGER - 1);
    await boards.submit('b', '3', Number.MIN_SAFE_INTEGER);
    expect((await boards.top('b')).map(({ score }) => score)).toEqual([
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER - 1,
      Number.MIN_SAFE_INTEGER,
    ]);
    const overflow = [
      { playerId: '4', score: 1 },
      { playerId: '1', score: 1 },
    ];
    await expect(boards.submitMany('b', overflow)).rejects.toMatchObject({ code: 'out_of_range' });
    expect(await boards.rank('b', '4')).toBeUndefined();
    expect(await boards.rank('b', '1')).toMatchObject({ score: Number.MAX_SAFE_INTEGER });
  });

  it('applies a batch in order, also several scores of one player', async () => {
    const boards = await start();
    await boards.define('b', { operator: 'sum' });
    const placements = await boards.submitMany('b', [
      { playerId: '1', score: 5 },
      { playerId: '2', score: 7 },
      { playerId: '1', score: 5 },
    ]);
    expect(placements.map(({ score, rank }) => [score, rank])).toEqual([
      [10, 1],
      [7, 2],
      [10, 1],
    ]);
  });

  it('pages, and shows a player among neighbours', async () => {
    const boards = await start();
    const submissions = Array.from({ length: 100 }, (_, i) => ({ playerId: `p${i}`, score: 1_000 - i }));
    await boards.submitMany('b', submissions);
    const page = await boards.page('b', { fromRank: 91, limit: 20 });
    expect(page.total).toBe(100);
    expect(page.rows.map(({ rank }) => rank)).toEqual(Array.from({ length: 10 }, (_, i) => 91 + i));
    expect((await boards.page('b', { fromRank: 101 })).rows).toEqual([]);
    const around = await boards.around('b', 'p50', 2);
    expect(around?.rows.map(({ playerId, rank }) => [playerId, rank])).toEqual([
      ['p48', 49],
      ['p49', 50],
      ['p50', 51],
      ['p51', 52],
      ['p52', 53],
    ]);
    expect((await boards.around('b', 'p0', 3))?.rows.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
    expect((await boards.around('b', 'p99', 1))?.rows.map(({ rank }) => rank)).toEqual([99, 100]);
    expect(await boards.around('b', 'nobody')).toBeUndefined();
  });

  it('shows some players among themselves, with their ranks on the whole board', async () => {
    const boards = await start();
    const submissions = Array.from({ length: 20 }, (_, i) => ({ playerId: `p${i}`, score: -i }));
    await boards.submitMany('b', submissions);
    expect(await boards.among('b', ['p7', 'nobody', 'p2', 'p7'])).toEqual({
      total: 20,
      rows: [
        { playerId: 'p2', score: -2, rank: 3 },
        { playerId: 'p7', score: -7, rank: 8 },
      ],
    });
    await expect(boards.among('b', [])).rejects.toMatchObject({ field: 'playerIds' });
    await expect(boards.among('b', ['a b'])).rejects.toMatchObject({ field: 'playerId' });
  });

  it('takes players off', async () => {
    const boards = await start();
    await boards.submit('b', '1', 5);
    await boards.submit('b', '2', 4);
    expect(await boards.remove('b', '1')).toBe(true);
    expect(await boards.remove('b', '1')).toBe(false);
    expect(await boards.rank('b', '1')).toBeUndefined();
    expect(await boards.rank('b', '2')).toMatchObject({ rank: 1, total: 1 });
  });

  it.each([
    ['name', () => ['a b', '1', 5] as const],
    ['name', () => ['{b}', '1', 5] as const],
    ['playerId', () => ['b', '1:2', 5] as const],
    ['score', () => ['b', '1', 1.5] as const],
    ['score', () => ['b', '1', Number.NaN] as const],
    ['score', () => ['b', '1', 2 ** 53] as const],
  ])('refuses a bad %s', async (field, bad) => {
    const boards = await start();
    const [name, playerId, score] = bad();
    await expect(boards.submit(name, playerId, score)).rejects.toMatchObject({ code: 'invalid', field });
  });

  it('refuses pages and batches beyond their bounds', async () => {
    const boards = await start();
    await expect(boards.page('b', { limit: 1_001 })).rejects.toMatchObject({ field: 'limit' });
    await expect(boards.page('b', { fromRank: 0 })).rejects.toMatchObject({ field: 'fromRank' });
    await expect(boards.around('b', '1', 101)).rejects.toMatchObject({ field: 'radius' });
    await expect(boards.submitMany('b', [])).rejects.toMatchObject({ field: 'submissions' });
    const tooMany = Array.from({ length: 1_001 }, () => ({ playerId: '1', score: 1 }));
    await expect(boards.submitMany('b', tooMany)).rejects.toMatchObject({ field: 'submissions' });
  });
});
