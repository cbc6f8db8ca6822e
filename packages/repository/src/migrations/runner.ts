import { createHash } from 'node:crypto';
import type { DialectName } from '../database.ts';
import { MigrationRefused } from '../errors.ts';
import type { Migration, MigrationReport, MigrationStatus } from './migration.ts';

/** A migration as the database remembers it. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  readonly appliedAtMs: number;
}

/** A migration ready to run on one dialect. */
export interface RenderedMigration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** What the runner needs while it holds the lock. */
export interface LockedStore {
  applied(): Promise<AppliedMigration[]>;
  /** Runs and records one migration, all or nothing. */
  apply(migration: RenderedMigration): Promise<void>;
}

/** A database's side of migrations. */
export interface MigrationStore {
  readonly dialect: DialectName;
  /** What was applied; none when the table of migrations is missing. Takes no lock, changes nothing. */
  applied(): Promise<AppliedMigration[]>;
  /** Runs `body` while no other process migrates this database; makes the table of migrations when missing. */
  locked<T>(body: (store: LockedStore) => Promise<T>): Promise<T>;
}

/** Applies what is missing. Rejects with MigrationRefused when code and database do not fit together. */
export async function migrate(
  store: MigrationStore,
  migrations: readonly Migration[],
  dryRun: boolean,
): Promise<MigrationReport> {
  const rendered = render(migrations, store.dialect);
  if (dryRun) return { dryRun, applied: pending(rendered, await store.applied()) };
  // Nothing to do is the usual case of a start: it needs no lock.
  if (pending(rendered, await store.applied()).length === 0) return { dryRun, applied: [] };
  const applied = await store.locked(async (locked) => {
    const missing = pending(rendered, await locked.applied());
    for (const migration of missing) await applyOne(locked, migration);
    return missing;
  });
  return { dryRun, applied: applied.map(({ number, name, sql }) => ({ number, name, sql })) };
}

async function applyOne(store: LockedStore, migration: RenderedMigration): Promise<void> {
  try {
    await store.apply(migration);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new MigrationRefused(`migration ${migration.number} ${migration.name} failed: ${reason}`, error);
  }
}

/** Every migration of the code with when it was applied. Rejects with MigrationRefused like `migrate`. */
export async function migrationStatus(
  store: MigrationStore,
  migrations: readonly Migration[],
): Promise<MigrationStatus[]> {
  const rendered = render(migrations, store.dialect);
  const applied = await store.applied();
  pending(rendered, applied);
  return rendered.map(({ number, name }, index) => {
    const done = applied[index];
    return { number, name, appliedAt: done === undefined ? null : new Date(done.appliedAtMs).toISOString() };
  });
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;

function render(migrations: readonly Migration[], dialect: DialectName): RenderedMigration[] {
  return migrations.map(({ number, name, steps }, index) => {
    if (number !== index + 1)
      throw new MigrationRefused(`migration ${number} ${name} should be number ${index + 1}`);
    if (!NAME.test(name))
      throw new MigrationRefused(`migration ${number}: its name must be lower kebab-case`);
    const sql = steps
      .map((step) => (typeof step === 'string' ? step : step[dialect]).trim().replace(/;?$/, ';'))
      .join('\n');
    const checksum = createHash('sha256').update(`${number} ${name}\n${sql}`).digest('hex');
    return { number, name, sql, checksum };
  });
}

/** The migrations still to run; refuses a database that has others than the code. */
function pending(
  rendered: readonly RenderedMigration[],
  applied: readonly AppliedMigration[],
): RenderedMigration[] {
  const newer = applied[rendered.length];
  if (newer !== undefined) {
    throw new MigrationRefused(
      `the database is newer than this program: it has migration ${newer.number} ${newer.name}, ` +
        `the program knows ${rendered.length}; start a newer version`,
    );
  }
  for (const [index, done] of applied.entries()) {
    const known = rendered[index];
    if (known?.number === done.number && known.name === done.name && known.checksum === done.checksum)
      continue;
    throw new MigrationRefused(
      `migration ${done.number} ${done.name} was changed after it had been applied; ` +
        'restore it and put the change in a new migration',
    );
  }
  return rendered.slice(applied.length);
}
