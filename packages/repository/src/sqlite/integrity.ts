import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Driver from 'better-sqlite3';
import { Corrupt } from '../errors.ts';
import { isBusy, sqliteError } from './errors.ts';

const MAX_PROBLEMS = 5;

/**
 * Runs `PRAGMA quick_check` when the last user of the file did not close it: a write-ahead log was left behind
 * and nobody else has the file open (which SQLite's own exclusive lock tells, so that it cannot be fooled by
 * reused process ids or containers). Other processes that open meanwhile wait for the outcome.
 * Throws Corrupt naming the first problems.
 */
export async function checkIntegrity(
  path: string,
  when: 'after-unclean-stop' | 'always' | 'never',
  onNotice: (message: string) => void = () => undefined,
): Promise<void> {
  if (when === 'never' || sizeOf(path) === 0) return;
  const leftBehind = sizeOf(`${path}-wal`) > 0;
  const suspect = when === 'always' || existsSync(damageMark(path));
  if (!leftBehind && !suspect) return;
  const problems = quickCheck(path, !suspect);
  if (problems === undefined) return;
  if (problems.length > 0) {
    // Looking has tidied the log away, so the next opening needs another reason to look.
    writeFileSync(damageMark(path), `${problems.join('\n')}\n`);
    throw new Corrupt(`${path} is damaged: ${problems.join('; ')}`);
  }
  rmSync(damageMark(path), { force: true });
  onNotice(leftBehind ? `${path} was not closed cleanly; its integrity check passed` : `${path} is sound`);
}

function damageMark(path: string): string {
  return `${path}-damaged`;
}

/** The problems found, or undefined when (with `alone`) another process uses the file. */
function quickCheck(path: string, alone: boolean): string[] | undefined {
  const driver = new Driver(path, { timeout: 0 });
  try {
    if (alone) {
      driver.pragma('locking_mode = EXCLUSIVE');
      driver.exec('BEGIN IMMEDIATE; COMMIT');
    }
    const rows = driver.prepare(`PRAGMA quick_check(${MAX_PROBLEMS})`).pluck().all().map(String);
    return rows.filter((row) => row !== 'ok');
  } catch (error) {
    if (isBusy(error)) return undefined;
    throw sqliteError(error);
  } finally {
    driver.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
