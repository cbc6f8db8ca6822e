import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from './free-ports.ts';
import { redisCommand } from './redis-command.ts';
import { findPrograms, type ServerKind } from './server-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { sharedServer, startOwnServer, type TestServer } from './test-server.ts';

/** How a Redis is to be set up. */
export interface RedisOptions {
  /** Lines of redis.conf, added to the kit's own and overriding them: `['maxmemory 10mb']`. */
  config?: readonly string[];
  /** Makes it a replica. */
  replicaOf?: Pick<TestServer, 'host' | 'port'>;
  /** Asks for this password; the url carries it. */
  password?: string;
  /** `aof` (default): acknowledged writes survive kill and restart. `none`: it comes back empty. */
  persistence?: 'aof' | 'none';
  /** A process of the test's own also when the environment names a server. Implied by the options above. */
  dedicated?: boolean;
}

/** How Redis is found and started. */
export const REDIS: ServerKind = {
  name: 'Redis',
  urlVariable: 'HANOK_TEST_REDIS_URL',
  program: 'redis-server',
  usualFolders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
  debianPackage: 'redis-server',
  image: 'redis:7-bookworm',
};

/**
 * Starts a Redis on a free port of loopback. Its url is `redis://host:port`, with the password if it has one.
 *
 * With HANOK_TEST_REDIS_URL set and no option that needs a process of its own, it is a logical database of
 * that server, emptied before and after: keys are apart, publish/subscribe and client tracking are not.
 */
export async function startRedis(options: RedisOptions = {}): Promise<TestServer> {
  const sharedUrl = process.env[REDIS.urlVariable];
  const needsOwn = Object.values(options).some((option) => option !== undefined && option !== false);
  if (sharedUrl !== undefined && sharedUrl !== '' && !needsOwn) return claimDatabase(sharedUrl);

  const programs = await findPrograms(REDIS);
  const port = await freePort();
  const folder = temporaryFolder();
  const configFile = join(folder.path, 'redis.conf');
  await writeFile(configFile, configLines(options, port, folder.path).join('\n'));
  const credentials = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  const url = `redis://${credentials}127.0.0.1:${port}`;
  return startOwnServer({
    name: REDIS.name,
    url,
    port,
    invocation: { programs, program: REDIS.program, args: [configFile], folder: folder.path },
    // A server that is still loading answers PING with an error.
    probe: async () => void (await redisCommand(url, ['PING'])),
    removeData: folder.remove,
  });
}

function configLines(
  { config, replicaOf, password, persistence }: RedisOptions,
  port: number,
  folder: string,
) {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    'daemonize no',
    'save ""',
    // The log is written before the reply is sent, and the system keeps it when the process is killed:
    // without fsync it survives all that a test can do.
    `appendonly ${persistence === 'none' ? 'no' : 'yes'}`,
    'appendfsync no',
    'repl-diskless-sync-delay 0',
    ...(password === undefined ? [] : [`requirepass ${quoted(password)}`, `masterauth ${quoted(password)}`]),
    ...(replicaOf === undefined ? [] : [`replicaof ${replicaOf.host} ${replicaOf.port}`]),
    ...(config ?? []),
    '',
  ];
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Redis has 16 databases unless told otherwise; number 0 may hold what is none of the tests' business. */
const CLAIMABLE_DATABASES = 15;

/** A claim ends by itself after a crash, later than any test run. */
const CLAIM_SECONDS = 1_800;

async function claimDatabase(serverUrl: string): Promise<TestServer> {
  const id = randomUUID();
  for (let database = 1; database <= CLAIMABLE_DATABASES; database++) {
    const claim = `hanok:test:database:${database}`;
    const claimed = await redisCommand(serverUrl, ['SET', claim, id, 'NX', 'EX', String(CLAIM_SECONDS)]);
    if (claimed !== 'OK') continue;
    const url = new URL(serverUrl);
    url.pathname = `/${database}`;
    await redisCommand(url.href, ['FLUSHDB']);
    return sharedServer({
      name: REDIS.name,
      urlVariable: REDIS.urlVariable,
      url: url.href,
      defaultPort: 6379,
      async cleanUp() {
        await redisCommand(url.href, ['FLUSHDB']);
        await redisCommand(serverUrl, ['DEL', claim]);
      },
    });
  }
  throw new Error(`All ${CLAIMABLE_DATABASES} databases of ${REDIS.urlVariable} are in use by other tests`);
}
