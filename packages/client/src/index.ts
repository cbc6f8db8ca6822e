export type { ChatMessage, ChatQuery, NewMessage } from './chat.ts';
export { createClient, HanokClient, type ClientOptions } from './client.ts';
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
  Placement,
  Score,
  SubmitOptions,
} from './leaderboards.ts';
export type { Page, PageQuery } from './page.ts';
export type { NewPlayer, Player, PlayerChangeOptions, PlayerChanges, PlayerQuery } from './players.ts';
export { DEFAULT_RETRY, type RetryOptions } from './retry.ts';
export type { GameLogEntry, GameLogQuery, Reward, RewardResult } from './rewards.ts';
export type { ClientRuntime } from './runtime.ts';
export type { Credentials, EndSessionOptions, NewSession, Session } from './sessions.ts';
export type { CallOptions, ChangeOptions } from './transport.ts';
