import type { Database, Order, Where } from '@hanok/repository';
import { emailKey } from '../domain/email.ts';
import { MAX_LEVEL } from '../domain/limits.ts';
import { usernameKey } from '../domain/username.ts';
import { requireRange } from '../rewards/rewards.ts';
import { players } from '../storage/entities.ts';
import { isLive, toView } from './player-row.ts';
import type { ListPlayersQuery, PlayerView } from './player-schemas.ts';

/**
 * One page of the players that match, in an order that an index has, so that a page costs the same however many players
 * there are: by name where names are searched, by level where levels are, by id otherwise.
 *
 * @throws DomainError `invalid_value`.
 */
export async function listPlayers(
  database: Database,
  query: ListPlayersQuery,
): Promise<{ items: PlayerView[]; nextCursor: string | null }> {
  const { minLevel, maxLevel, usernamePrefix, email, limit = 50, cursor } = query;
  requireRange(minLevel, maxLevel, 'query');
  const isByLevel = minLevel !== undefined || maxLevel !== undefined;
  const where: Where<typeof players> = {
    deletedAt: null,
    ...(isByLevel ? { level: { gte: minLevel ?? 1, lte: maxLevel ?? MAX_LEVEL } } : {}),
    ...(usernamePrefix === undefined ? {} : { usernameKey: { startsWith: usernameKey(usernamePrefix) } }),
    ...(email === undefined ? {} : { emailKey: emailKey(email) }),
  };
  const page = await database.repository(players).findMany({ where, order: orderOf(query), limit, cursor });
  return {
    items: page.items.filter((row) => isLive(row)).map((row) => toView(row)),
    nextCursor: page.nextCursor,
  };
}

function orderOf({ usernamePrefix, minLevel, maxLevel }: ListPlayersQuery): Order<typeof players> {
  if (usernamePrefix !== undefined) return [['usernameKey', 'asc']];
  return minLevel === undefined && maxLevel === undefined ? [] : [['level', 'asc']];
}
