import { openDatabase, type Database } from '@hanok/repository';
import { loadConfig } from '@hanok/service-kit';
import { Type } from 'typebox';
import { playerServiceConfig } from '../config.ts';

const settings = Type.Object({ databaseUrl: playerServiceConfig.properties.databaseUrl });

/**
 * Runs a command on the database of DATABASE_URL and closes it. What goes wrong is told in one sentence on standard
 * error, and the process exits with 1.
 */
export async function onDatabase(work: (database: Database) => Promise<void>): Promise<void> {
  try {
    const { databaseUrl } = loadConfig(settings, process.env);
    const database = await openDatabase(databaseUrl, {
      onNotice: (message) => process.stderr.write(`${message}\n`),
    });
    try {
      await work(database);
    } finally {
      await database.close();
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
