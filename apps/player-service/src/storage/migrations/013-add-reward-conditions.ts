import type { Migration } from '@hanok/repository';

/** Conditions of rewards beside the range of levels; rewards from before have none. */
export const addRewardConditions: Migration = {
  number: 13,
  name: 'add-reward-conditions',
  steps: [
    {
      sqlite: `ALTER TABLE rewards ADD COLUMN conditions TEXT NOT NULL DEFAULT '[]'`,
      postgres: `ALTER TABLE rewards ADD COLUMN conditions JSONB NOT NULL DEFAULT '[]'`,
    },
  ],
};
