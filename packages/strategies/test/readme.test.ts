import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('runs the example of the README as it is', async () => {
  const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(text)?.[1];
  const script = `${example}\nconsole.log(slot, table.latencyMs(slot), table.active[slot]);`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script], {
    cwd: new URL('.', import.meta.url),
  });
  expect((await run).stdout).toBe('0 12.5 0\n');
});
