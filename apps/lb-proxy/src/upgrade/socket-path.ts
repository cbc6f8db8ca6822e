import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '@hanok/service-kit';

const OTHERS = 0o077;

/** Added to the path of a socket while it is made ready, so that at no moment the path is without one. */
export const MAKING = '.new';

/**
 * The absolute path, in a folder that only its owner, this user, can enter; the folder is made when there is none.
 * Whoever can connect gets every connection of the game.
 * @param maxBytes longest path of a Unix socket here, `sun_path` without its closing zero
 * @throws ConfigError
 */
export function checkSocketPath(path: string, maxBytes: number): string {
  const absolute = resolve(path);
  if (Buffer.byteLength(absolute + MAKING) > maxBytes) {
    throw new ConfigError([`UPGRADE_SOCKET must have a path of at most ${maxBytes - MAKING.length} bytes`]);
  }
  const folder = dirname(absolute);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(folder);
  if (uid !== process.getuid?.() || (mode & OTHERS) !== 0) {
    throw new ConfigError([
      `UPGRADE_SOCKET must be in a folder that only this user can enter (chmod 700 ${folder})`,
    ]);
  }
  return absolute;
}
