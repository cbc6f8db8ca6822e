import type { Migration } from '@hanok/repository';

/** Custom player data. */
export const createPlayerData: Migration = {
  number: 6,
  name: 'create-player-data',
  steps: [
    {
      sqlite: `CREATE TABLE player_data (
          player_id INTEGER PRIMARY KEY REFERENCES players (id),
          document TEXT NOT NULL,
          version INTEGER NOT NULL
        ) STRICT`,
      postgres: `CREATE TABLE player_data (
          player_id BIGINT PRIMARY KEY REFERENCES players (id),
          document JSONB NOT NULL,
          version BIGINT NOT NULL
        )`,
    },
  ],
};
