import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { systemClock, type Rng } from '@hanok/service-kit';
import Driver from 'better-sqlite3';
import { backoffMs } from '../backoff.ts';
import { Corrupt } from '../errors.ts';
import { isBusy, sqliteError } from './errors.ts';

const MAX_PROBLEMS = 5;
const ATTEMPTS = 4;

export interface IntegrityOptions {
  readonly when: 'after-unclean-stop' | 'always' | 'never';
  readonly onNotice: (message: string) => void;
  readonly rng: Rng;
}

/**
 * Runs `PRAGMA quick_check` when the last user of the file did not close it: a write-ahead log was left behind
 * and nobody else has the file open (which SQLite's own exclusive lock tells, so that it cannot be fooled by
 * reused process ids or containers). Other processes that open meanwhile wait for the outcome.
 * Throws Corrupt naming the first problems.
 */
export async function checkIntegrity(path: string, options: IntegrityOptions): Promise<void> {
  const { when, onNotice } = options;
  if (when === 'never' || sizeOf(path) === 0) return;
  const leftBehind = sizeOf(`${path}-wal`) > 0;
  const suspect = when === 'always' || existsSync(damageMark(path));
  if (!leftBehind && !suspect) return;
  const problems = suspect ? quickCheck(path, false) : await quickCheckAlone(path, options);
  if (problems === undefined) return;
  if (problems.length > 0) {
    // Looking has tidied the log away, so the next opening needs another reason to look.
    writeFileSync(damageMark(path), `${problems.join('\n')}\n`);
    throw new Corrupt(`${path} is damaged: ${problems.join('; ')}`);
  }
  rmSync(damageMark(path), { force: true });
  onNotice(leftBehind ? `${path} was not closed cleanly; its integrity check passed` : `${path} is sound`);
}

/** Processes that start together may each find the other looking: one of them must find itself alone. */
async function quickCheckAlone(path: string, { rng }: IntegrityOptions): Promise<string[] | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const problems = quickCheck(path, true);
    if (problems !== undefined) return problems;
    // Real time, whatever the clock of the database: it is other processes that are waited for.
    await systemClock.sleep(backoffMs(rng, attempt, 5, 40));
  }
  return undefined;
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
