import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { runDemo } from './demo.ts';
import { HELP, OptionsError, parseOptions } from './options.ts';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  return runDemo(options, {
    runName: randomUUID().slice(0, 8),
    adminToken: process.env['ADMIN_TOKEN'] === '' ? undefined : process.env['ADMIN_TOKEN'],
    stdout: process.stdout,
    stderr: process.stderr,
    monotonicMs: () => performance.now(),
    pause: (delayMs) => pause(delayMs),
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
