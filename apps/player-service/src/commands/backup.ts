import { existsSync } from 'node:fs';
import { onDatabase } from './database-command.ts';

const [target, ...rest] = process.argv.slice(2);

if (target === undefined || target.startsWith('-') || rest.length > 0) {
  process.stderr.write(
    'Usage: npm run backup -- <file>\n' +
      'Copies the SQLite database of DATABASE_URL to a new file, checked and synced, while services use it.\n',
  );
  process.exitCode = 2;
} else if (existsSync(target)) {
  process.stderr.write(`${target} exists already; a backup never overwrites anything\n`);
  process.exitCode = 1;
} else {
  await onDatabase(async (database) => {
    const { sizeBytes } = await database.backup(target);
    process.stdout.write(`${sizeBytes} bytes in ${target}\n`);
  });
}
