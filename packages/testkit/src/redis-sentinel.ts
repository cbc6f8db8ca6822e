import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-ports.ts';
import { redisCommand } from './redis-command.ts';
import { REDIS } from './redis.ts';
import { findPrograms } from './server-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { startOwnServer, type TestServer } from './test-server.ts';

/** What a Sentinel is to watch over. */
export interface SentinelOptions {
  /** A Redis that has replicas, or will have. */
  primary: Pick<TestServer, 'host' | 'port'>;
  /** What clients call it. */
  primaryName: string;
  /** How many Sentinels must find it gone. */
  quorum: number;
  /** How long it must have been silent. Default 500 ms. */
  downAfterMs?: number;
}

/** Starts a Sentinel, which is Redis in another mode. It finds others that watch the same primary by itself. */
export async function startSentinel({
  primary,
  primaryName,
  quorum,
  downAfterMs = 500,
}: SentinelOptions): Promise<TestServer> {
  const programs = await findPrograms(REDIS);
  const port = await freePort();
  const folder = temporaryFolder();
  const configFile = join(folder.path, 'sentinel.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder.path}`,
    `sentinel monitor ${primaryName} ${primary.host} ${primary.port} ${quorum}`,
    `sentinel down-after-milliseconds ${primaryName} ${downAfterMs}`,
    `sentinel failover-timeout ${primaryName} 5000`,
    '',
  ];
  await writeFile(configFile, lines.join('\n'));
  const url = `redis://127.0.0.1:${port}`;
  return startOwnServer({
    name: 'Redis Sentinel',
    url,
    port,
    invocation: { programs, program: REDIS.program, args: [configFile, '--sentinel'], folder: folder.path },
    probe: async () => void (await redisCommand(url, ['PING'])),
    removeData: folder.remove,
  });
}
