import type { Database } from '@hanok/repository';
import { toTimestamp } from '../domain/timestamp.ts';
import { playerNotFound } from '../players/player-row.ts';
import { ledgerEntries, ledgerTransactions, players } from '../storage/entities.ts';

/** One page of a player's entries, newest first. @throws DomainError `player_not_found`. */
export async function listEntries(
  database: Database,
  playerId: number,
  query: { readonly limit?: number; readonly cursor?: string; readonly currency?: string },
) {
  const { limit = 50, cursor, currency } = query;
  const where = { playerId, ...(currency === undefined ? {} : { currency }) };
  const page = await database
    .repository(ledgerEntries)
    .findMany({ where, order: [['id', 'desc']], limit, cursor });
  if (page.items.length === 0 && !(await database.repository(players).exists({ id: playerId }))) {
    throw playerNotFound(playerId);
  }
  const transactionIds = [...new Set(page.items.map(({ transactionId }) => transactionId))];
  const bookings = await database.repository(ledgerTransactions).findByIds(transactionIds);
  const bookingOf = new Map(bookings.map((booking) => [booking.id, booking]));
  return {
    items: page.items.flatMap((entry) => {
      const booking = bookingOf.get(entry.transactionId);
      // The foreign key makes a booking certain; the types cannot know.
      if (booking === undefined) return [];
      return [
        {
          id: String(entry.id),
          transactionId: String(entry.transactionId),
          currency: entry.currency,
          amount: entry.amount,
          balanceAfter: entry.balanceAfter ?? 0,
          reason: booking.reason,
          reference: booking.reference,
          description: booking.description,
          createdAt: toTimestamp(booking.createdAt),
        },
      ];
    }),
    nextCursor: page.nextCursor,
  };
}
