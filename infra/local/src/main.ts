import { resolve } from 'node:path';
import { systemRng } from '@hanok/service-kit/random';
import { systemClock } from '@hanok/service-kit/time';
import { HELP, OptionsError, parseOptions } from './options.ts';
import { runStack } from './stack.ts';
import { stopRequests } from './stop-requests.ts';
import { buildTopology } from './topology.ts';

const repositoryRoot = resolve(import.meta.dirname, '../../..');

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), process.cwd());
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  const requests = stopRequests(process, systemClock);
  try {
    return await runStack(buildTopology(options, process.env, repositoryRoot), options.watch, {
      clock: systemClock,
      rng: systemRng,
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      repositoryRoot,
      ...requests,
    });
  } finally {
    requests.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof OptionsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
