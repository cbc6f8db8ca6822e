import { expect, it } from 'vitest';
import { MemoryStore, createCache } from '../../src/index.ts';

/** Members of the board. 1,000,000 take about a minute and 1 GiB. */
const members = Number(process.env['HANOK_BOARD_MEMBERS'] ?? 20_000);
const batch = 1_000;

/** A score for each member, all different: by a step that has no divisor in common with their number. */
const step = 7_919;
const scoreOf = (member: number): number => (member * step) % members;
const rankOf = (member: number): number => members - scoreOf(member);

it(
  `ranks ${members} members in memory`,
  async () => {
    const cache = createCache(new MemoryStore({ maxBytes: 2 ** 32 }));
    const boards = cache.leaderboards;
    for (let from = 0; from < members; from += batch) {
      const length = Math.min(batch, members - from);
      const scores = Array.from({ length }, (_, i) => ({
        playerId: String(from + i),
        score: scoreOf(from + i),
      }));
      await boards.submitMany('large', scores);
    }
    const byRank = new Map(Array.from({ length: members }, (_, member) => [rankOf(member), member]));
    const rows = (fromRank: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        playerId: String(byRank.get(fromRank + i)),
        score: members - fromRank - i,
        rank: fromRank + i,
      }));

    expect(byRank.size).toBe(members);
    expect(await boards.top('large', 100)).toEqual(rows(1, 100));
    for (let i = 0; i < 200; i += 1) {
      const member = (i * 104_729) % members;
      const rank = rankOf(member);
      expect(await boards.rank('large', String(member))).toMatchObject({ rank, score: scoreOf(member) });
      const fromRank = Math.max(1, rank - 5);
      const around = rows(fromRank, Math.min(members, rank + 5) - fromRank + 1);
      expect(await boards.around('large', String(member))).toEqual({ total: members, rows: around });
    }
    const median = members / 2;
    expect(await boards.page('large', { fromRank: median, limit: 50 })).toEqual({
      total: members,
      rows: rows(median, 50),
    });
    const best = String(byRank.get(1));
    expect(await boards.remove('large', best)).toBe(true);
    expect(await boards.top('large', 1)).toMatchObject([{ playerId: String(byRank.get(2)), rank: 1 }]);
    await cache.close();
  },
  20_000 + members / 4,
);
