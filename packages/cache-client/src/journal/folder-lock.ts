import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that one process uses at a time. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a folder for this process, also from one that ended without giving it back.
 *
 * @throws Error when a process that is alive has it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'lock');
  for (let attempt = 0; ; attempt += 1) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return { release: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || attempt > 0) throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    // In a container the process before this one had the same id.
    if (holder !== process.pid && isAlive(holder)) {
      throw new Error(`${folder} is in use by the process ${holder}`);
    }
    await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
