import type { Rows } from '../leaderboards/board-operations.ts';

/** The page of a board that a query asks for, as it is sent. */
export async function pageBody(
  name: string,
  board: { page(from: { fromRank: number; limit: number }): Promise<Rows> },
  { limit, cursor }: { readonly limit: number; readonly cursor?: string },
) {
  const fromRank = cursor === undefined ? 1 : Number(cursor.slice(1));
  const { total, rows } = await board.page({ fromRank, limit });
  const nextRank = fromRank + rows.length;
  return {
    name,
    total,
    items: [...rows],
    nextCursor: rows.length > 0 && nextRank <= total ? `r${nextRank}` : null,
  };
}
