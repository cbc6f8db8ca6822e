import type { Database } from './database.ts';
import { ValidationError } from './errors.ts';
import type { OpenOptions } from './open-options.ts';
import { openPostgres } from './postgres/open.ts';
import { openSqlite } from './sqlite/open.ts';
import { traceDatabase } from './tracing/trace-database.ts';

/**
 * Opens the database of a URL: `sqlite:./path/to/file.db`, `sqlite::memory:`, or `postgres://…`.
 * Rejects with ValidationError for other URLs, and as the engine does when it cannot be reached.
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  if (url.startsWith('sqlite:')) {
    const location = url.slice('sqlite:'.length);
    if (location === '') throw new ValidationError('url', 'sqlite: needs a path');
    return traceDatabase(await openSqlite(location.replace(/^\/\//, ''), options));
  }
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url))
    return traceDatabase(await openPostgres(url, options));
  throw new ValidationError('url', 'sqlite:<path>, sqlite::memory: or postgres://…');
}
