import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePorts, startProcess } from '@hanok/testkit';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

it('runs the README’s example of membership as it stands, on free ports', { timeout: 60_000 }, async () => {
  const readme = await readFile(`${folder}README.md`, 'utf8');
  const example = /```ts\n(import[^]*?)```/.exec(readme)?.[1] ?? '';
  const [one, two] = await freePorts(2);
  const code = example.replaceAll('17_946', String(one)).replaceAll('17_947', String(two));
  await using child = await startProcess({
    args: ['--input-type=module-typescript', '-e', code],
    cwd: folder,
  });
  const { code: exitCode } = await child.exited;
  expect(child.output()).toBe("[ 'two', 'one' ]\ntwo heard one: the dragon is awake\n[ 'two' ] []\n");
  expect(exitCode).toBe(0);
});
