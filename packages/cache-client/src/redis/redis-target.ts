/** Where one Redis server is. */
export interface RedisAddress {
  readonly host: string;
  /** Default 6379. */
  readonly port?: number;
  /** Its replicas: whichever is the primary when a connection is made is used. Default: none. */
  readonly standbys?: readonly { readonly host: string; readonly port?: number }[];
  /** Default 0. */
  readonly database?: number;
  readonly username?: string;
  readonly password?: string;
  /** Default false. */
  readonly tls?: boolean;
}

/** A Redis Cluster, by some of its nodes; the others are found through them. At least one. */
export interface RedisClusterTarget {
  readonly nodes: readonly RedisAddress[];
}

/** A primary that Sentinels know by name. Credentials and database are those of the primary. */
export interface RedisSentinelTarget extends Omit<RedisAddress, 'host' | 'port'> {
  readonly sentinels: readonly Pick<RedisAddress, 'host' | 'port'>[];
  readonly primaryName: string;
}

/** What one store connects to. */
export type RedisTarget = RedisAddress | RedisClusterTarget | RedisSentinelTarget;

/** What a shard is called, which decides its keys: how it is found, and its replicas, may change. */
export function shardNameOf(target: RedisTarget): string {
  return 'sentinels' in target ? target.primaryName : nameOf(target);
}

/** How a target is called in reports and errors: no credentials. */
export function nameOf(target: RedisTarget): string {
  if ('nodes' in target) return `cluster of ${target.nodes.map(hostAndPort).join(',')}`;
  if ('sentinels' in target) return `${target.primaryName} of ${target.sentinels.map(hostAndPort).join(',')}`;
  return hostAndPort(target);
}

function hostAndPort({ host, port = 6_379 }: Pick<RedisAddress, 'host' | 'port'>): string {
  return `${host}:${port}`;
}
