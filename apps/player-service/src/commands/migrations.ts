import { migrations } from '../storage/migrations.ts';
import { onDatabase } from './database-command.ts';

const [command, ...rest] = process.argv.slice(2);

if ((command !== 'status' && command !== 'dry-run') || rest.length > 0) {
  process.stderr.write(
    'Usage: npm run migrations -- status | dry-run\n' +
      'status: which migrations the database of DATABASE_URL has, and since when.\n' +
      'dry-run: the SQL that the next start of a service would run. Neither changes anything.\n',
  );
  process.exitCode = 2;
} else if (command === 'status') {
  await onDatabase(async (database) => {
    for (const { number, name, appliedAt } of await database.migrationStatus(migrations)) {
      process.stdout.write(`${String(number).padStart(3, '0')} ${name}: ${appliedAt ?? 'pending'}\n`);
    }
  });
} else {
  await onDatabase(async (database) => {
    const { applied } = await database.migrate(migrations, { dryRun: true });
    for (const { number, name, sql } of applied) process.stdout.write(`-- ${number} ${name}\n${sql}\n\n`);
    if (applied.length === 0) process.stdout.write('-- nothing to do\n');
  });
}
