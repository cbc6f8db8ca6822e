import type { Comparison, Database, Where } from '@hanok/repository';
import { emailKey } from '../domain/email.ts';
import { MAX_LEVEL } from '../domain/limits.ts';
import { usernameKey } from '../domain/username.ts';
import { requireRange } from '../rewards/rewards.ts';
import { players } from '../storage/entities.ts';
import { isLive, toView } from './player-row.ts';
import type { ListPlayersQuery, PlayerView } from './player-schemas.ts';

/** One page of the players that match, in the order of ids. @throws DomainError `invalid_value`. */
export async function listPlayers(
  database: Database,
  query: ListPlayersQuery,
): Promise<{ items: PlayerView[]; nextCursor: string | null }> {
  requireRange(query.minLevel, query.maxLevel, 'query');
  const usernames: Comparison<string | null> =
    query.usernamePrefix === undefined
      ? { isNull: false }
      : { startsWith: usernameKey(query.usernamePrefix) };
  const where: Where<typeof players> = {
    level: { gte: query.minLevel ?? 1, lte: query.maxLevel ?? MAX_LEVEL },
    usernameKey: usernames,
    deletedAt: null,
    ...(query.email === undefined ? {} : { emailKey: emailKey(query.email) }),
  };
  const page = await database
    .repository(players)
    .findMany({ where, limit: query.limit ?? 50, cursor: query.cursor });
  return {
    items: page.items.filter((row) => isLive(row)).map((row) => toView(row)),
    nextCursor: page.nextCursor,
  };
}
