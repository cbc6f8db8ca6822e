import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts servers that are not on an ordinary user's PATH. */
const serverFolders = ['/usr/sbin', '/usr/local/sbin'];

/**
 * Paths of the programs that a comparison needs.
 *
 * @throws Error naming all that are missing, and how to get them
 */
export function findTools<Name extends string>(names: readonly Name[]): Readonly<Record<Name, string>> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...serverFolders];
  const found = names.map(
    (name) => [name, folders.map((folder) => join(folder, name)).find(isProgram)] as const,
  );
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) {
    throw new Error(
      `${missing.join(', ')} not found: apt-get install haproxy nginx-light libnginx-mod-stream wrk`,
    );
  }
  return Object.fromEntries(found) as Record<Name, string>;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
