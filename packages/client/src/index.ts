export type { ApiKey, MadeApiKey, NewApiKey } from './api-keys.ts';
export type { BatchOperations, BatchResult } from './batch.ts';
export type { ChatMessage, ChatQuery, NewMessage } from './chat.ts';
export { createClient, HanokClient, type ClientOptions, type LogInOptions } from './client.ts';
export type { CounterWindows, WindowQuery } from './counters.ts';
export {
  ApiError,
  ConnectionError,
  HanokError,
  TimeoutError,
  UnexpectedAnswerError,
  type FieldViolation,
  type ProblemDocument,
} from './errors.ts';
export type { Audit, Booked, GoldAdjustment, GoldTransfer, LedgerEntry, Transferred } from './gold.ts';
export type {
  BoardDefinition,
  BoardPage,
  BoardQuery,
  BoardRow,
  NamedScore,
  Neighbours,
  Placement,
  Score,
  SettledDefinition,
  Standing,
  Standings,
  SubmitOptions,
} from './leaderboards.ts';
export type { Page, PageQuery } from './page.ts';
export type { PlayerData, PlayerDocument } from './player-data.ts';
export type { NewPlayer, Player, PlayerChanges, PlayerQuery, VersionedChangeOptions } from './players.ts';
export { DEFAULT_RETRY, type RetryOptions } from './retry.ts';
export type {
  GameLogEntry,
  GameLogQuery,
  Reversal,
  Reward,
  RewardProgress,
  RewardQuery,
  RewardResult,
} from './rewards.ts';
export type { Answer, Body, CallParts, Query, Route, RouteOptions } from './routes.ts';
export type { ClientRuntime } from './runtime.ts';
export type { OnSession } from './session-keeper.ts';
export type { Credentials, EndSessionOptions, NewSession, Session } from './sessions.ts';
export type { CallOptions, ChangeOptions } from './transport.ts';
