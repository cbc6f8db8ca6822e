import type { Migration } from '@hanok/repository';

/**
 * An index of SQLite ends with the row's id in any case; naming it stored it twice. Without it the index of ten million
 * players has 28,000 pages instead of 39,000, and a change of a level writes two of them. PostgreSQL's index needs it.
 */
export const indexLevelsAlone: Migration = {
  number: 15,
  name: 'index-levels-alone',
  steps: [
    {
      sqlite: `DROP INDEX players_level_id;
        CREATE INDEX players_level ON players (level)`,
      postgres: '',
    },
  ],
};
