import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, temporaryFolder } from '@hanok/testkit';
import { expect, it } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const source = fileURLToPath(new URL('../src/index.ts', import.meta.url));

it('runs the example of the README as it stands there', async () => {
  await using folder = temporaryFolder();
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  expect(example).toContain('openDatabase');
  const path = join(folder.path, 'example.ts');
  writeFileSync(
    path,
    example.replace('@hanok/repository', source) + 'console.log("ran", page.items.length, rewarded);\n',
  );
  await using child = await startProcess({ args: [path], cwd: folder.path, readyLine: /ran/ });
  expect(child.output()).toContain('ran 1 1');
});
