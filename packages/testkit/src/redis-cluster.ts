import { eventually } from './eventually.ts';
import { freePort } from './free-ports.ts';
import { redisCommand } from './redis-command.ts';
import { startRedis } from './redis.ts';
import type { TestServer } from './test-server.ts';

/** Several Redis servers in cluster mode that share the 16,384 slots evenly. */
export interface RedisCluster extends AsyncDisposable {
  /** `redis-cluster://host:port,host:port,…` */
  readonly url: string;
  /** The primaries, in the order of their slots. */
  readonly servers: readonly TestServer[];
  /** Their replicas, first one of each primary in the same order, then the second ones. */
  readonly replicas: readonly TestServer[];
}

/** How a Redis cluster is to be set up. */
export interface RedisClusterOptions {
  /** How many primaries. Default 3, the least that can agree that one is gone. */
  size?: number;
  /** How many replicas of each. Default 0. */
  replicas?: number;
  /** Lines of redis.conf for each server. */
  config?: readonly string[];
}

const SLOTS = 16_384;

/** Starts a Redis Cluster of the test's own and waits until every server serves it. */
export async function startRedisCluster({
  size = 3,
  replicas = 0,
  config = [],
}: RedisClusterOptions = {}): Promise<RedisCluster> {
  const all = await Promise.all(Array.from({ length: size * (1 + replicas) }, () => startNode(config)));
  const nodes = all.slice(0, size);
  const followers = all.slice(size).map(({ server }) => server);
  const servers = nodes.map(({ server }) => server);
  await Promise.all(
    servers.map((server, index) => {
      const firstSlot = Math.ceil((index * SLOTS) / size);
      const lastSlot = Math.ceil(((index + 1) * SLOTS) / size) - 1;
      return redisCommand(server.url, ['CLUSTER', 'ADDSLOTSRANGE', String(firstSlot), String(lastSlot)]);
    }),
  );
  await introduce(all);
  await Promise.all(
    all.map(({ server }) => eventually(() => servesAll(server, all.length), { timeoutMs: 60_000 })),
  );
  await Promise.all(followers.map((follower, index) => follow(follower, servers[index % size])));
  return {
    url: `redis-cluster://${servers.map(({ host, port }) => `${host}:${port}`).join(',')}`,
    servers,
    replicas: followers,
    [Symbol.asyncDispose]: async () => void (await Promise.all(all.map(({ server }) => server.stop()))),
  };
}

interface ClusterNode {
  readonly server: TestServer;
  readonly busPort: number;
}

async function startNode(config: readonly string[]): Promise<ClusterNode> {
  const busPort = await freePort();
  const clusterLines = ['cluster-enabled yes', `cluster-port ${busPort}`, 'cluster-node-timeout 2000'];
  return { server: await startRedis({ config: [...clusterLines, ...config] }), busPort };
}

/** One meets the others; they hear of each other through it. */
async function introduce([first, ...others]: readonly ClusterNode[]): Promise<void> {
  if (first === undefined) return;
  const meetings = others.map(({ server, busPort }) => [
    'CLUSTER',
    'MEET',
    server.host,
    String(server.port),
    String(busPort),
  ]);
  if (meetings.length > 0) await redisCommand(first.server.url, ...meetings);
}

/** Makes a server a replica, and waits until it has what its primary has. */
async function follow(replica: TestServer, primary: TestServer | undefined): Promise<void> {
  if (primary === undefined) return;
  const id = String(await redisCommand(primary.url, ['CLUSTER', 'MYID']));
  await redisCommand(replica.url, ['CLUSTER', 'REPLICATE', id]);
  await eventually(
    async () => {
      const info = String(await redisCommand(replica.url, ['INFO', 'replication']));
      return info.includes('role:slave') && info.includes('master_link_status:up');
    },
    { timeoutMs: 60_000 },
  );
}

async function servesAll(server: TestServer, count: number): Promise<boolean> {
  const info = String(await redisCommand(server.url, ['CLUSTER', 'INFO']));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}\r`);
}
