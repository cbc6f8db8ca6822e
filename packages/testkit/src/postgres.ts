import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-ports.ts';
import { runProgram, type ServerUser } from './running-server.ts';
import { findPrograms, type ServerKind } from './server-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { sharedServer, startOwnServer, type TestServer } from './test-server.ts';

/** How a PostgreSQL is to be set up. */
export interface PostgresOptions {
  /** Settings of postgresql.conf: `{ max_connections: 20 }`. */
  settings?: Readonly<Record<string, string | number>>;
  /** A process of the test's own also when the environment names a server. Implied by `settings`. */
  dedicated?: boolean;
}

/** A PostgreSQL that hands out databases. */
export interface PostgresServer extends TestServer {
  /** Makes an empty database and gives its url. It goes with the server. */
  createDatabase(): Promise<string>;
}

const POSTGRES: ServerKind = {
  name: 'PostgreSQL',
  urlVariable: 'HANOK_TEST_POSTGRES_URL',
  program: 'postgres',
  usualFolders: [
    '/usr/lib/postgresql/*/bin',
    '/usr/pgsql-*/bin',
    '/opt/homebrew/opt/postgresql@*/bin',
    '/usr/local/opt/postgresql@*/bin',
  ],
  debianPackage: 'postgresql',
  image: 'postgres:15-bookworm',
};

/** Quick, and still safe against kill: what is acknowledged is with the system, though not yet on the disk. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '32MB',
  max_connections: 100,
  autovacuum_naptime: '1h',
  logging_collector: 'off',
};

/**
 * Starts a PostgreSQL on a free port of loopback. Its url, `postgres://postgres@host:port/postgres`, needs no
 * password; take a database of its own for each test with `createDatabase`.
 *
 * With HANOK_TEST_POSTGRES_URL set and no option that needs a process of its own, it is that server: its url
 * is a fresh database, and all databases it made are dropped when it is stopped.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const sharedUrl = process.env[POSTGRES.urlVariable];
  const needsOwn = options.dedicated === true || options.settings !== undefined;
  if (sharedUrl !== undefined && sharedUrl !== '' && !needsOwn) return shareServer(sharedUrl);

  const programs = await findPrograms(POSTGRES);
  const port = await freePort();
  const folder = temporaryFolder();
  const user = await unprivilegedUser();
  if (user !== undefined) await chown(folder.path, user.uid, user.gid);
  const shared = { programs, folder: folder.path, user };
  const data = join(folder.path, 'data');
  const initArgs = ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8'];
  await runProgram({ ...shared, program: 'initdb', args: [...initArgs, '--locale', 'C.UTF-8', '--no-sync'] });
  const settings = Object.entries({ ...SETTINGS, port, ...options.settings });
  const args = ['-D', data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const server = await startOwnServer({
    name: POSTGRES.name,
    url,
    port,
    // SIGQUIT is its immediate shutdown: unlike SIGKILL it frees the shared memory.
    invocation: { ...shared, program: POSTGRES.program, args, endSignal: 'SIGQUIT' },
    probe: () => query(url, 'SELECT 1'),
    async removeData() {
      if ('folder' in programs) await freeSharedMemory(data);
      await folder.remove();
    },
  });
  return { ...server, createDatabase: () => createDatabase(url) };
}

async function shareServer(serverUrl: string): Promise<PostgresServer> {
  const made: string[] = [];
  const create = async (): Promise<string> => {
    const url = await createDatabase(serverUrl);
    made.push(url);
    return url;
  };
  const server = sharedServer({
    name: POSTGRES.name,
    urlVariable: POSTGRES.urlVariable,
    url: await create(),
    defaultPort: 5432,
    async cleanUp() {
      for (const url of made) {
        await query(serverUrl, `DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
      }
    },
  });
  return { ...server, createDatabase: create };
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `hanok_test_${randomUUID().replaceAll('-', '')}`;
  await query(serverUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 30_000 });
  // A server that goes away reports it here too, after the query has failed; unheard it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * A PostgreSQL that was killed leaves a small segment of System V shared memory, of which a machine has only
 * so many. The seventh line of its lock file names it: key and id. After a clean end there is no such file.
 */
async function freeSharedMemory(data: string): Promise<void> {
  const lockFile = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const id = lockFile.split('\n')[6]?.trim().split(/\s+/)[1];
  if (id !== undefined) await promisify(execFile)('ipcrm', ['-m', id]).catch(() => undefined);
}

/** PostgreSQL refuses to run as root: the user of its package does, or else the one that owns nothing. */
async function unprivilegedUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const table = await readFile('/etc/passwd', 'utf8');
  const rows = table.split('\n').map((row) => row.split(':'));
  const row = rows.find(([name]) => name === 'postgres') ?? rows.find(([name]) => name === 'nobody');
  if (row === undefined)
    throw new Error('PostgreSQL cannot run as root, and there is no user postgres or nobody');
  return { uid: Number(row[2]), gid: Number(row[3]) };
}
