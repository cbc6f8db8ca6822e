// Generated from the API document by `npm run generate`; do not edit.

import type { GetApiKeys, PostApiKeys, DeleteApiKeysById } from './api-keys.ts';
import type { PostBatch } from './batch.ts';
import type {
  GetChatByChannelMessages,
  PostChatByChannelMessages,
  DeleteChatByChannelMessagesById,
  GetChatByChannelMutes,
  PutChatByChannelMutesByPlayerId,
  DeleteChatByChannelMutesByPlayerId,
} from './chat.ts';
import type {
  GetCountersByName,
  PostCountersByName,
  DeleteCountersByName,
  GetCountersByNameWindows,
} from './counters.ts';
import type {
  GetPlayersByIdDevices,
  PostPlayersByIdDevices,
  DeletePlayersByIdDevicesByDevice,
} from './devices.ts';
import type {
  GetLeaderboardsByName,
  DeleteLeaderboardsByName,
  GetLeaderboardsByNameDefinition,
  PutLeaderboardsByNameDefinition,
  PostLeaderboardsByNameScores,
  PostLeaderboardsByNameScoresBatch,
  GetLeaderboardsByNamePlayersByPlayerId,
  DeleteLeaderboardsByNamePlayersByPlayerId,
  GetLeaderboardsByNamePercentilesByPercentile,
  GetLeaderboardsByNamePlayers,
  GetLeaderboardsByNamePlayersByPlayerIdAround,
} from './leaderboards.ts';
import type {
  PostPlayersByIdGold,
  PostTransfers,
  GetPlayersByIdLedger,
  GetAudit,
  GetPlayersByIdBalances,
  PostPlayersByIdBalancesByCurrency,
} from './ledger.ts';
import type { GetPlayersByIdData, PutPlayersByIdData, PatchPlayersByIdData } from './player-data.ts';
import type {
  GetPlayers,
  PostPlayers,
  GetPlayersById,
  PatchPlayersById,
  DeletePlayersById,
  PostPlayersByIdRestore,
} from './players.ts';
import type {
  GetRewards,
  PostRewards,
  GetRewardsById,
  PostRewardsByIdReversal,
  GetGameLog,
} from './rewards.ts';
import type { GetSessions, PostSessions, DeleteSessions, PostSessionsRefresh } from './sessions.ts';
import type {
  GetWebhookEndpoints,
  PostWebhookEndpoints,
  GetWebhookEndpointsById,
  PatchWebhookEndpointsById,
  DeleteWebhookEndpointsById,
  PostWebhookEndpointsByIdSecret,
  GetWebhookDeliveries,
  PostWebhookDeliveriesByIdRedelivery,
  PostWebhookEndpointsByIdRedelivery,
} from './webhooks.ts';

/** Every route of the API: what it takes, and what it answers. */
export interface Operations {
  readonly 'GET /v1/api-keys': GetApiKeys;
  readonly 'POST /v1/api-keys': PostApiKeys;
  readonly 'DELETE /v1/api-keys/{id}': DeleteApiKeysById;
  readonly 'GET /v1/players': GetPlayers;
  readonly 'POST /v1/players': PostPlayers;
  readonly 'GET /v1/players/{id}': GetPlayersById;
  readonly 'PATCH /v1/players/{id}': PatchPlayersById;
  readonly 'DELETE /v1/players/{id}': DeletePlayersById;
  readonly 'POST /v1/players/{id}/restore': PostPlayersByIdRestore;
  readonly 'GET /v1/players/{id}/data': GetPlayersByIdData;
  readonly 'PUT /v1/players/{id}/data': PutPlayersByIdData;
  readonly 'PATCH /v1/players/{id}/data': PatchPlayersByIdData;
  readonly 'GET /v1/players/{id}/devices': GetPlayersByIdDevices;
  readonly 'POST /v1/players/{id}/devices': PostPlayersByIdDevices;
  readonly 'DELETE /v1/players/{id}/devices/{device}': DeletePlayersByIdDevicesByDevice;
  readonly 'GET /v1/sessions': GetSessions;
  readonly 'POST /v1/sessions': PostSessions;
  readonly 'DELETE /v1/sessions': DeleteSessions;
  readonly 'POST /v1/sessions/refresh': PostSessionsRefresh;
  readonly 'POST /v1/players/{id}/gold': PostPlayersByIdGold;
  readonly 'POST /v1/transfers': PostTransfers;
  readonly 'GET /v1/players/{id}/ledger': GetPlayersByIdLedger;
  readonly 'GET /v1/audit': GetAudit;
  readonly 'GET /v1/players/{id}/balances': GetPlayersByIdBalances;
  readonly 'POST /v1/players/{id}/balances/{currency}': PostPlayersByIdBalancesByCurrency;
  readonly 'POST /v1/batch': PostBatch;
  readonly 'GET /v1/rewards': GetRewards;
  readonly 'POST /v1/rewards': PostRewards;
  readonly 'GET /v1/rewards/{id}': GetRewardsById;
  readonly 'POST /v1/rewards/{id}/reversal': PostRewardsByIdReversal;
  readonly 'GET /v1/game-log': GetGameLog;
  readonly 'GET /v1/leaderboards/{name}': GetLeaderboardsByName;
  readonly 'DELETE /v1/leaderboards/{name}': DeleteLeaderboardsByName;
  readonly 'GET /v1/leaderboards/{name}/definition': GetLeaderboardsByNameDefinition;
  readonly 'PUT /v1/leaderboards/{name}/definition': PutLeaderboardsByNameDefinition;
  readonly 'POST /v1/leaderboards/{name}/scores': PostLeaderboardsByNameScores;
  readonly 'POST /v1/leaderboards/{name}/scores/batch': PostLeaderboardsByNameScoresBatch;
  readonly 'GET /v1/leaderboards/{name}/players/{playerId}': GetLeaderboardsByNamePlayersByPlayerId;
  readonly 'DELETE /v1/leaderboards/{name}/players/{playerId}': DeleteLeaderboardsByNamePlayersByPlayerId;
  readonly 'GET /v1/leaderboards/{name}/percentiles/{percentile}': GetLeaderboardsByNamePercentilesByPercentile;
  readonly 'GET /v1/leaderboards/{name}/players': GetLeaderboardsByNamePlayers;
  readonly 'GET /v1/leaderboards/{name}/players/{playerId}/around': GetLeaderboardsByNamePlayersByPlayerIdAround;
  readonly 'GET /v1/chat/{channel}/messages': GetChatByChannelMessages;
  readonly 'POST /v1/chat/{channel}/messages': PostChatByChannelMessages;
  readonly 'DELETE /v1/chat/{channel}/messages/{id}': DeleteChatByChannelMessagesById;
  readonly 'GET /v1/chat/{channel}/mutes': GetChatByChannelMutes;
  readonly 'PUT /v1/chat/{channel}/mutes/{playerId}': PutChatByChannelMutesByPlayerId;
  readonly 'DELETE /v1/chat/{channel}/mutes/{playerId}': DeleteChatByChannelMutesByPlayerId;
  readonly 'GET /v1/counters/{name}': GetCountersByName;
  readonly 'POST /v1/counters/{name}': PostCountersByName;
  readonly 'DELETE /v1/counters/{name}': DeleteCountersByName;
  readonly 'GET /v1/counters/{name}/windows': GetCountersByNameWindows;
  readonly 'GET /v1/webhook-endpoints': GetWebhookEndpoints;
  readonly 'POST /v1/webhook-endpoints': PostWebhookEndpoints;
  readonly 'GET /v1/webhook-endpoints/{id}': GetWebhookEndpointsById;
  readonly 'PATCH /v1/webhook-endpoints/{id}': PatchWebhookEndpointsById;
  readonly 'DELETE /v1/webhook-endpoints/{id}': DeleteWebhookEndpointsById;
  readonly 'POST /v1/webhook-endpoints/{id}/secret': PostWebhookEndpointsByIdSecret;
  readonly 'GET /v1/webhook-deliveries': GetWebhookDeliveries;
  readonly 'POST /v1/webhook-deliveries/{id}/redelivery': PostWebhookDeliveriesByIdRedelivery;
  readonly 'POST /v1/webhook-endpoints/{id}/redelivery': PostWebhookEndpointsByIdRedelivery;
}

/**
 * Whether a call may be sent again when its answer is lost: a `read` may, a change that carries an Idempotency-Key
 * (`keyed`) may, any other only when its caller knows that it does no harm.
 */
export const repetitions: Readonly<Record<keyof Operations, 'read' | 'keyed' | 'once'>> = {
  'GET /v1/api-keys': 'read',
  'POST /v1/api-keys': 'keyed',
  'DELETE /v1/api-keys/{id}': 'keyed',
  'GET /v1/players': 'read',
  'POST /v1/players': 'keyed',
  'GET /v1/players/{id}': 'read',
  'PATCH /v1/players/{id}': 'keyed',
  'DELETE /v1/players/{id}': 'keyed',
  'POST /v1/players/{id}/restore': 'keyed',
  'GET /v1/players/{id}/data': 'read',
  'PUT /v1/players/{id}/data': 'keyed',
  'PATCH /v1/players/{id}/data': 'keyed',
  'GET /v1/players/{id}/devices': 'read',
  'POST /v1/players/{id}/devices': 'keyed',
  'DELETE /v1/players/{id}/devices/{device}': 'keyed',
  'GET /v1/sessions': 'read',
  'POST /v1/sessions': 'keyed',
  'DELETE /v1/sessions': 'keyed',
  'POST /v1/sessions/refresh': 'keyed',
  'POST /v1/players/{id}/gold': 'keyed',
  'POST /v1/transfers': 'keyed',
  'GET /v1/players/{id}/ledger': 'read',
  'GET /v1/audit': 'read',
  'GET /v1/players/{id}/balances': 'read',
  'POST /v1/players/{id}/balances/{currency}': 'keyed',
  'POST /v1/batch': 'keyed',
  'GET /v1/rewards': 'read',
  'POST /v1/rewards': 'keyed',
  'GET /v1/rewards/{id}': 'read',
  'POST /v1/rewards/{id}/reversal': 'keyed',
  'GET /v1/game-log': 'read',
  'GET /v1/leaderboards/{name}': 'read',
  'DELETE /v1/leaderboards/{name}': 'keyed',
  'GET /v1/leaderboards/{name}/definition': 'read',
  'PUT /v1/leaderboards/{name}/definition': 'keyed',
  'POST /v1/leaderboards/{name}/scores': 'keyed',
  'POST /v1/leaderboards/{name}/scores/batch': 'keyed',
  'GET /v1/leaderboards/{name}/players/{playerId}': 'read',
  'DELETE /v1/leaderboards/{name}/players/{playerId}': 'keyed',
  'GET /v1/leaderboards/{name}/percentiles/{percentile}': 'read',
  'GET /v1/leaderboards/{name}/players': 'read',
  'GET /v1/leaderboards/{name}/players/{playerId}/around': 'read',
  'GET /v1/chat/{channel}/messages': 'read',
  'POST /v1/chat/{channel}/messages': 'keyed',
  'DELETE /v1/chat/{channel}/messages/{id}': 'keyed',
  'GET /v1/chat/{channel}/mutes': 'read',
  'PUT /v1/chat/{channel}/mutes/{playerId}': 'keyed',
  'DELETE /v1/chat/{channel}/mutes/{playerId}': 'keyed',
  'GET /v1/counters/{name}': 'read',
  'POST /v1/counters/{name}': 'keyed',
  'DELETE /v1/counters/{name}': 'keyed',
  'GET /v1/counters/{name}/windows': 'read',
  'GET /v1/webhook-endpoints': 'read',
  'POST /v1/webhook-endpoints': 'keyed',
  'GET /v1/webhook-endpoints/{id}': 'read',
  'PATCH /v1/webhook-endpoints/{id}': 'keyed',
  'DELETE /v1/webhook-endpoints/{id}': 'keyed',
  'POST /v1/webhook-endpoints/{id}/secret': 'keyed',
  'GET /v1/webhook-deliveries': 'read',
  'POST /v1/webhook-deliveries/{id}/redelivery': 'keyed',
  'POST /v1/webhook-endpoints/{id}/redelivery': 'keyed',
};
