import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { startPlayerService } from './real-service.ts';

const PACKAGE = join(import.meta.dirname, '..');

it('runs the example of the README as it stands', { timeout: 60_000 }, async () => {
  const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/u.exec(readme)?.[1] ?? '';
  await using service = await startPlayerService('the-server-credential');
  const code = example
    .replace('http://127.0.0.1:8080', service.url)
    .replace('the server credential', 'the-server-credential');
  await using run = await startProcess({
    args: ['--input-type=module-typescript', '--eval', code],
    cwd: PACKAGE,
  });
  expect(await run.exited, run.output()).toEqual({ code: 0, signal: null });
  expect(run.output()).toBe('1 1 1200\nnot enough gold\n');
});
