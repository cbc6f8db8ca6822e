import { openDatabase, type Database, type OpenOptions } from '@hanok/repository';
import { entities } from './entities.ts';
import { migrations } from './migrations.ts';

/**
 * Opens the database, brings its tables up to date (once, whichever process comes first), and checks that they
 * are what the code expects.
 *
 * @throws Error with one sentence that says what is wrong, fit for a terminal; never with the URL's password.
 */
export async function openStorage(
  url: string,
  options: Pick<OpenOptions, 'durability' | 'onNotice'>,
): Promise<Database> {
  let database: Database | undefined;
  try {
    database = await openDatabase(url, options);
    await database.migrate(migrations);
    await database.checkSchema(entities);
    return database;
  } catch (error) {
    await database?.close();
    throw new Error(`the database of DATABASE_URL cannot be used: ${reasonsOf(error)}`, { cause: error });
  }
}

/** What happened and why, outermost first, in one line. */
function reasonsOf(error: unknown): string {
  const reasons: string[] = [];
  for (let each = error; each instanceof Error && reasons.length < 3; each = each.cause) {
    if (each.message !== '' && !reasons.includes(each.message)) reasons.push(each.message);
  }
  return reasons.join(': ').replaceAll(/\s+/gu, ' ');
}
