import { eventually } from './eventually.ts';
import { freePort } from './free-ports.ts';
import { redisCommand } from './redis-command.ts';
import { startRedis } from './redis.ts';
import type { TestServer } from './test-server.ts';

/** Several Redis servers in cluster mode that share the 16,384 slots evenly. */
export interface RedisCluster extends AsyncDisposable {
  /** `redis-cluster://host:port,host:port,…` */
  readonly url: string;
  readonly servers: readonly TestServer[];
}

/** How a Redis cluster is to be set up. */
export interface RedisClusterOptions {
  /** How many servers, all of them primaries. Default 3, the least that can agree that one is gone. */
  size?: number;
  /** Lines of redis.conf for each server. */
  config?: readonly string[];
}

const SLOTS = 16_384;

/** Starts a Redis Cluster of the test's own and waits until every server serves it. */
export async function startRedisCluster({
  size = 3,
  config = [],
}: RedisClusterOptions = {}): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: size }, () => startNode(config)));
  const servers = nodes.map(({ server }) => server);
  await Promise.all(
    servers.map((server, index) => {
      const firstSlot = Math.ceil((index * SLOTS) / size);
      const lastSlot = Math.ceil(((index + 1) * SLOTS) / size) - 1;
      return redisCommand(server.url, ['CLUSTER', 'ADDSLOTSRANGE', String(firstSlot), String(lastSlot)]);
    }),
  );
  await introduce(nodes);
  await Promise.all(
    servers.map((server) => eventually(() => servesAll(server, size), { timeoutMs: 60_000 })),
  );
  return {
    url: `redis-cluster://${servers.map(({ host, port }) => `${host}:${port}`).join(',')}`,
    servers,
    [Symbol.asyncDispose]: async () => void (await Promise.all(servers.map((server) => server.stop()))),
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

async function servesAll(server: TestServer, size: number): Promise<boolean> {
  const info = String(await redisCommand(server.url, ['CLUSTER', 'INFO']));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}\r`);
}
