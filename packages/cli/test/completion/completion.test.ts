import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installDebianPackage, temporaryFolder } from '@hanok/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';

const run = promisify(execFile);
const script = async (shell: string) => (await runCli(['completion', shell])).out;

/** Runs a program of a script that has the completion in it. */
async function inShell(shell: string, program: (file: string) => readonly string[]): Promise<string[]> {
  await using folder = temporaryFolder();
  const file = join(folder.path, `hanok.${shell}`);
  await writeFile(file, await script(shell));
  const { stdout } = await run(shell, program(file), { timeout: 30_000 });
  return stdout.split('\n').filter(Boolean);
}

async function isThere(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

beforeAll(async () => {
  for (const shell of ['zsh', 'fish']) {
    const failure = (await isThere(shell)) ? undefined : await installDebianPackage(shell);
    if (failure !== undefined) throw new Error(`The tests need ${shell}: ${failure}`);
  }
}, 600_000);

describe('bash', () => {
  const complete = (line: string) =>
    inShell('bash', (file) => [
      '--norc',
      '-c',
      'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hanok; printf "%s\\n" "${COMPREPLY[@]}"',
      file,
      ...line.split(' '),
    ]);

  it.each([
    ['hanok dr', ['drain']],
    ['hanok campaign ', ['show', 'start', 'reverse']],
    ['hanok --json campaign st', ['start']],
    ['hanok campaign start --min', ['--min-level']],
    ['hanok drain player-service-1 --un', ['--undo']],
    ['hanok completion f', ['fish']],
    ['hanok leader step-down --ti', ['--timeout']],
  ])('"%s" goes on with %j', async (line, expected) => {
    expect(await complete(line)).toEqual(expect.arrayContaining(expected));
    expect((await complete(line)).filter((word) => !word.startsWith('--') || line.includes('--'))).toEqual(
      expect.arrayContaining(expected),
    );
  });

  it('offers nothing that does not begin with what was typed', async () => {
    expect(await complete('hanok str')).toEqual(['strategy']);
  });
});

describe('fish', () => {
  const complete = (line: string) =>
    inShell('fish', (file) => ['--no-config', '-c', `source ${file}; complete -C ${JSON.stringify(line)}`]);

  it.each([
    ['hanok dr', 'drain'],
    ['hanok campaign st', 'start'],
    ['hanok campaign start --min', '--min-level'],
    ['hanok --json drain x --un', '--undo'],
  ])('"%s" goes on with %s', async (line, expected) => {
    expect((await complete(line)).map((each) => each.split('\t', 1)[0])).toEqual([expected]);
  });
});

describe('zsh', () => {
  it('can read the script', async () => {
    expect(await inShell('zsh', (file) => ['-n', file])).toEqual([]);
  });

  it('offers the words that follow', async () => {
    // A completion system of its own stands in for the interactive one: it prints what it is handed.
    const words = await inShell('zsh', (file) => [
      '-f',
      '-c',
      'compdef() { : }; _describe() { print -l -- "${(@)offered}" }; words=(hanok --json campaign ""); CURRENT=4; source "$0"; _hanok',
      file,
    ]);
    expect(words.map((each) => each.split(':', 1)[0])).toEqual(
      expect.arrayContaining(['show', 'start', '--json']),
    );
  });
});
