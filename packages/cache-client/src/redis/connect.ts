import { systemRng, type Rng } from '@hanok/service-kit';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAddress, RedisTarget } from './redis-target.ts';

/** A connection to one server or to a cluster; both carry commands the same way. */
export type RedisConnection = Redis | Cluster;

export interface ConnectOptions {
  readonly commandTimeoutMs?: number | undefined;
  readonly rng?: Rng | undefined;
  readonly connectionName?: string | undefined;
}

const firstRetryMs = 20;
const lastRetryMs = 400;

/** Connects in the background, and again whenever the connection breaks. */
export function connectRedis(
  target: RedisTarget,
  { commandTimeoutMs = 1_000, rng = systemRng, connectionName }: ConnectOptions,
): RedisConnection {
  const retryStrategy = (attempt: number): number =>
    Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(attempt, 10)) * (0.5 + rng.next() / 2);
  const common = {
    connectTimeout: commandTimeoutMs,
    socketTimeout: commandTimeoutMs,
    // A failed command is the caller's to repeat: only he knows whether that is safe.
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: lastRetryMs,
    replyMapping: 'legacy',
    ...(connectionName === undefined ? {} : { connectionName }),
  } as const;

  if ('nodes' in target) {
    return new Cluster(
      target.nodes.map(({ host, port }) => ({ host, port: port ?? 6_379 })),
      {
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
        // Following a moved slot takes a few steps at most; together they stay within a command's time.
        maxRedirections: 4,
        retryDelayOnFailover: 100,
        retryDelayOnClusterDown: 100,
        retryDelayOnTryAgain: 50,
        slotsRefreshTimeout: commandTimeoutMs,
        slotsRefreshInterval: 5_000,
        redisOptions: { ...common, ...credentialsOf(target.nodes[0] ?? {}) },
      },
    );
  }
  const single = {
    ...common,
    enableOfflineQueue: false,
    // Whoever subscribes does so again himself: the driver would let nobody catch the failure of its own attempt.
    autoResubscribe: false,
    retryStrategy,
    // After a failover behind one name, the old primary answers READONLY: look the name up again.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    db: target.database ?? 0,
    ...credentialsOf(target),
  } satisfies RedisOptions;
  if ('sentinels' in target) {
    const sentinels = target.sentinels.map(({ host, port }) => ({ host, port: port ?? 26_379 }));
    return new Redis({
      ...single,
      sentinels,
      name: target.primaryName,
      sentinelRetryStrategy: retryStrategy,
    });
  }
  const { host, port = 6_379, standbys } = target;
  const redis = new Redis({ ...single, host, port });
  if (standbys !== undefined) connectInTurn(redis, [{ host, port }, ...standbys]);
  return redis;
}

/** After each connection that broke, or was not made, the next address is tried. */
function connectInTurn(redis: Redis, addresses: readonly { host: string; port?: number }[]): void {
  let turn = 0;
  redis.on('close', () => {
    turn = (turn + 1) % addresses.length;
    const { host, port = 6_379 } = addresses[turn] ?? {};
    Object.assign(redis.options, { host, port });
  });
}

/** The servers that hold keys: one, or each primary of a cluster. */
export function primariesOf(connection: RedisConnection): readonly Redis[] {
  return connection instanceof Cluster ? connection.nodes('master') : [connection];
}

function credentialsOf({
  username,
  password,
  tls,
}: Partial<RedisAddress>): Pick<RedisOptions, 'username' | 'password' | 'tls'> {
  return {
    ...(username === undefined || username === '' ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls === true ? { tls: {} } : {}),
  };
}
