import type { Migration } from '@hanok/repository';
import { createPlayers } from './migrations/001-create-players.ts';
import { createLedger } from './migrations/002-create-ledger.ts';
import { createGameLog } from './migrations/003-create-game-log.ts';
import { createIdempotencyKeys } from './migrations/004-create-idempotency-keys.ts';
import { createPendingInvalidations } from './migrations/005-create-pending-invalidations.ts';
import { createPlayerData } from './migrations/006-create-player-data.ts';
import { createRewards } from './migrations/007-create-rewards.ts';
import { createApiKeys } from './migrations/008-create-api-keys.ts';
import { createRefreshTokens } from './migrations/009-create-refresh-tokens.ts';
import { createWebhooks } from './migrations/010-create-webhooks.ts';
import { createBalances } from './migrations/011-create-balances.ts';
import { createDevices } from './migrations/012-create-devices.ts';
import { addRewardConditions } from './migrations/013-add-reward-conditions.ts';
import { indexDeletionsAlone } from './migrations/014-index-deletions-alone.ts';
import { indexLevelsAlone } from './migrations/015-index-levels-alone.ts';

/**
 * The schema, step by step. An applied migration never changes; write the next one instead. The tables must fit
 * the entities of `entities.ts`, which is checked on every start.
 */
export const migrations: readonly Migration[] = [
  createPlayers,
  createLedger,
  createGameLog,
  createIdempotencyKeys,
  createPendingInvalidations,
  createPlayerData,
  createRewards,
  createApiKeys,
  createRefreshTokens,
  createWebhooks,
  createBalances,
  createDevices,
  addRewardConditions,
  indexDeletionsAlone,
  indexLevelsAlone,
];
