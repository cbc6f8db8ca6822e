export {
  createCache,
  openCache,
  type Cache,
  type CreateCacheOptions,
  type OpenCacheOptions,
} from './open-cache.ts';
export { openStore, type OpenStoreOptions } from './open-store.ts';
export { CacheError, isCacheAway, type CacheErrorCode } from './errors.ts';
export { jsonCodec, type Codec } from './codec.ts';
export { namePattern, playerIdPattern } from './names.ts';
export { CacheStore, type DeletionReport, type SetOptions, type ShardStatus } from './store/cache-store.ts';
export type { SignalListener, SignalSubscription } from './store/signals.ts';
export type { AnyOperation, Operation, Reply } from './store/operation.ts';
export { RedisStore, type RedisStoreOptions } from './redis/redis-store.ts';
export type {
  RedisAddress,
  RedisClusterTarget,
  RedisSentinelTarget,
  RedisTarget,
} from './redis/redis-target.ts';
export { HttpStore, type HttpStoreOptions } from './remote/http-store.ts';
export { Rendezvous, type WeightedNode } from './sharding/rendezvous.ts';
export { MovingStore, type MovingShard } from './sharding/moving-store.ts';
export {
  Resharding,
  type BeginReshardingOptions,
  type MoveKeysOptions,
  type ReshardingStatus,
} from './sharding/resharding.ts';
export type { RingState } from './sharding/ring.ts';
export { ShardedStore, type Shard } from './sharding/sharded-store.ts';
export { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.ts';
export type { NearCacheOptions } from './near/near-cache.ts';
export { PlayerCache } from './players/player-cache.ts';
export type { PlayerCacheOptions, PlayerCacheStats } from './players/player-cache-options.ts';
export { PlayerEntries, type PlayerEntry, type PutPlayerOptions } from './players/player-entries.ts';
export { Sessions, maxDeviceLength, type Session, type SessionsOptions } from './sessions/sessions.ts';
export { Leaderboards, type BoardDefinition } from './leaderboards/leaderboards.ts';
export { BoardReader, type Standing } from './leaderboards/board-reader.ts';
export { Seasons, type Season, type SeasonRunner, type SeasonsOptions } from './seasons/seasons.ts';
export type { SeasonSchedule } from './seasons/schedule.ts';
export { SeasonPrizes, type PrizeRunner, type SeasonPrizesOptions } from './prizes/season-prizes.ts';
export {
  PrizesRejectedError,
  type HandOver,
  type PrizeBatch,
  type PrizeOutcome,
  type PrizePayer,
} from './prizes/hand-over.ts';
export type { Prize } from './prizes/prize.ts';
export type { Row, Rows, Placement } from './leaderboards/board-operations.ts';
export type { BoardOperator, BoardOrder, Submission } from './leaderboards/board.ts';
export type { ChatReader } from './chat/chat-feed.ts';
export {
  Chat,
  type ChatMessage,
  type ChatOptions,
  type ChatPage,
  type Mute,
  type ReadChat,
} from './chat/chat.ts';
export { Counters, type CounterWindow } from './counters/counters.ts';
export { Uniques } from './uniques/uniques.ts';
export { TopLists, type TopListsOptions } from './top-lists/top-lists.ts';
export type { Frequent } from './top-lists/space-saving.ts';
export { Gauges, type GaugeValue, type KeptGauge } from './gauges/gauges.ts';
export type { WindowUnit } from './counters/windows.ts';
export {
  Invalidations,
  type InvalidationReport,
  type InvalidationTarget,
} from './invalidations/invalidations.ts';
export type { NearReport } from './invalidations/invalidator.ts';
export { maxTags } from './fills/tags.ts';
export {
  actsFor,
  assertService,
  serviceOnly,
  serviceOrPlayer,
  type Caller,
  type CallerOf,
} from './routes/caller.ts';
export { toCacheProblem } from './routes/cache-problems.ts';
export { leaderboardRoutes, type LeaderboardRoutesOptions } from './routes/leaderboard-routes.ts';
export { EventStream, type ServerEvent } from './routes/event-stream.ts';
export { endWithServer, LiveStreams, type LiveStream } from './routes/live-stream.ts';
export { chatRoutes, type ChatRoutesOptions } from './routes/chat-routes.ts';
export { counterRoutes, type CounterRoutesOptions } from './routes/counter-routes.ts';
export { gaugeRoutes, type GaugeRoutesOptions } from './routes/gauge-routes.ts';
export { prizeRoutes, type PrizeRoutesOptions } from './routes/prize-routes.ts';
export { seasonRoutes, type SeasonRoutesOptions } from './routes/season-routes.ts';
export { topListRoutes, type TopListRoutesOptions } from './routes/top-list-routes.ts';
export { uniqueRoutes, type UniqueRoutesOptions } from './routes/unique-routes.ts';
export { storeRoutes } from './routes/store-routes.ts';
export { KeyvStore } from './keyv/keyv-store.ts';
export { openJournaledMemory, type JournaledMemoryOptions } from './journal/open-journaled-memory.ts';
