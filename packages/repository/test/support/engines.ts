import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { temporaryFolder } from '@hanok/testkit';
import { Client } from 'pg';
import { inject } from 'vitest';
import {
  createTable,
  openDatabase,
  type Capabilities,
  type Database,
  type Entity,
  type Migration,
  type OpenOptions,
} from '../../src/index.ts';

/** A database under the contract. */
export interface Engine {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** A url of an empty database, and what removes it. */
  prepare(): Promise<{ url: string; remove: () => Promise<void> }>;
}

/** The url of an empty schema of its own on the shared PostgreSQL: quicker to make than a database. */
export async function postgresSchema(): Promise<string> {
  const url = new URL(inject('postgresUrl'));
  const name = `contract_${randomUUID().replaceAll('-', '')}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE SCHEMA ${name}`);
  await client.end();
  url.searchParams.set('options', `-c search_path=${name} -c deadlock_timeout=50ms`);
  return url.href;
}

export const sqliteMemory: Engine = {
  name: 'sqlite in memory',
  capabilities: { shared: false, readsDuringWrites: false, backup: false },
  prepare: async () => ({ url: 'sqlite::memory:', remove: async () => undefined }),
};

export const sqliteFile: Engine = {
  name: 'sqlite file',
  capabilities: { shared: true, readsDuringWrites: true, backup: true },
  async prepare() {
    const folder = temporaryFolder();
    return { url: `sqlite:${join(folder.path, 'data', 'test.db')}`, remove: folder.remove };
  },
};

export const postgres: Engine = {
  name: 'postgres',
  capabilities: { shared: true, readsDuringWrites: true, backup: false },
  prepare: async () => ({ url: await postgresSchema(), remove: async () => undefined }),
};

/** Every engine the contract holds for. */
export const engines: readonly Engine[] = [sqliteMemory, sqliteFile, postgres];

/** Those where several connections, or processes, share the data. */
export const sharedEngines = engines.filter(({ capabilities }) => capabilities.shared);

/** A database of a test, closed and removed with `await using`. */
export interface OpenedDatabase extends AsyncDisposable {
  readonly url: string;
  readonly database: Database;
}

/** Opens an empty database with the tables of the entities. */
export async function opened(
  engine: Engine,
  entities: readonly Entity[] = [],
  options: OpenOptions = {},
): Promise<OpenedDatabase> {
  const { url, remove } = await engine.prepare();
  const database = await openDatabase(url, { pool: { min: 1, max: 10 }, ...options });
  await database.migrate(tablesOf(entities));
  return {
    url,
    database,
    async [Symbol.asyncDispose]() {
      await database.close();
      await remove();
    },
  };
}

/** One migration for each entity. */
export function tablesOf(entities: readonly Entity[]): Migration[] {
  return entities.map((entity, index) => ({
    number: index + 1,
    name: `create-${entity.table.replaceAll('_', '-')}`,
    steps: [createTable(entity)],
  }));
}

/** The error a promise rejects with; fails the test when it fulfils. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it should have been rejected');
}
