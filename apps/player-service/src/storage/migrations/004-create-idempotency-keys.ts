import type { Migration } from '@hanok/repository';

/** Idempotency keys and the answers kept under them. */
export const createIdempotencyKeys: Migration = {
  number: 4,
  name: 'create-idempotency-keys',
  steps: [
    {
      sqlite: `CREATE TABLE idempotency_keys (
          id TEXT NOT NULL PRIMARY KEY,
          fingerprint TEXT NOT NULL,
          status INTEGER NOT NULL,
          headers TEXT NOT NULL,
          body TEXT,
          touched TEXT NOT NULL,
          player_id INTEGER,
          expires_at INTEGER NOT NULL
        ) STRICT`,
      postgres: `CREATE TABLE idempotency_keys (
          id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
          fingerprint TEXT COLLATE "C" NOT NULL,
          status BIGINT NOT NULL,
          headers JSONB NOT NULL,
          body TEXT COLLATE "C",
          touched JSONB NOT NULL,
          player_id BIGINT,
          expires_at BIGINT NOT NULL
        )`,
    },
    'CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at)',
    'CREATE INDEX idempotency_keys_player_id ON idempotency_keys (player_id)',
  ],
};
