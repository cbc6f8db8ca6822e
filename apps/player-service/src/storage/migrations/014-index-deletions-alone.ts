import type { Migration } from '@hanok/repository';

/**
 * Only deleted players are in the index of deletions. With all players in it SQLite took it for the way to those who
 * live, and walked through all of them for a search by name or level.
 */
export const indexDeletionsAlone: Migration = {
  number: 14,
  name: 'index-deletions-alone',
  steps: [
    'DROP INDEX players_deleted_at',
    'CREATE INDEX players_deleted_at ON players (deleted_at) WHERE deleted_at IS NOT NULL',
  ],
};
