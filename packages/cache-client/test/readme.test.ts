import { startProcess, temporaryFolder } from '@hanok/testkit';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('runs the first example of the README', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  expect(example).toContain('openCache');
  const given = `
    const repository = { findById: async (id: string) => ({ id, gold: 5 }) };
    const show = (messages: readonly unknown[]) => messages;
  `;
  await using folder = temporaryFolder();
  const file = join(folder.path, 'example.ts');
  const index = new URL('../src/index.ts', import.meta.url).href;
  await writeFile(join(folder.path, 'package.json'), '{ "type": "module" }');
  await writeFile(
    file,
    example.replace("'@hanok/cache-client'", `'${index}'`).replace('\n\n', `\n${given}\n`),
  );
  const child = await startProcess({ args: [file] });
  expect(await child.exited, child.output()).toEqual({ code: 0, signal: null });
});
