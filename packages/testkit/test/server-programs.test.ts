import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../src/index.ts';
import { findFolder, firstOf, type ServerKind } from '../src/server-programs.ts';

const KIND: ServerKind = {
  name: 'Example',
  urlVariable: 'HANOK_TEST_EXAMPLE_URL',
  program: 'exampled',
  usualFolders: [],
  debianPackage: 'example-server',
  image: 'example:1',
};

function putProgram(folder: string, mode = 0o755): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, KIND.program), '', { mode });
  return folder;
}

it('looks on the PATH first, in order, passing over what cannot be run', async () => {
  await using folder = temporaryFolder();
  const usual = putProgram(join(folder.path, 'usual'));
  const broken = putProgram(join(folder.path, 'broken'), 0o644);
  const first = putProgram(join(folder.path, 'first'));
  const second = putProgram(join(folder.path, 'second'));
  const find = (...path: string[]) =>
    findFolder({ program: KIND.program, usualFolders: [usual] }, path.join(delimiter));
  expect(find(join(folder.path, 'none'), broken, first, second)).toBe(first);
  expect(find(broken)).toBe(usual);
});

it('takes the highest version of the usual folders', async () => {
  await using folder = temporaryFolder();
  for (const version of ['9.6', '15', '9.10']) putProgram(join(folder.path, version, 'bin'));
  const usualFolders = [join(folder.path, '*', 'bin')];
  expect(findFolder({ program: KIND.program, usualFolders }, '')).toBe(join(folder.path, '15', 'bin'));
  expect(findFolder({ program: 'other', usualFolders }, '')).toBeUndefined();
});

it('follows a link to the real folder', async () => {
  await using folder = temporaryFolder();
  const real = putProgram(join(folder.path, 'real'));
  const link = join(folder.path, 'links', KIND.program);
  mkdirSync(dirname(link));
  symlinkSync(join(real, KIND.program), link);
  expect(findFolder(KIND, dirname(link))).toBe(real);
});

it('tries the sources in order and stops at the first that has it', async () => {
  const asked: string[] = [];
  const source = (name: string, result: string | { image: string }) => () => {
    asked.push(name);
    return Promise.resolve(result);
  };
  const sources = [
    source('one', 'not there'),
    source('two', { image: 'two' }),
    source('three', { image: 'three' }),
  ];
  expect(await firstOf(sources, KIND)).toEqual({ image: 'two' });
  expect(asked).toEqual(['one', 'two']);
});

it('says what to install when no source has it', async () => {
  const sources = ['it is not here', 'nor there'].map((reason) => () => Promise.resolve(reason));
  await expect(firstOf(sources, KIND)).rejects.toThrow(
    'The tests need a real Example. Install exampled so that it is on the PATH (Debian package example-server), ' +
      'or start Docker, or set HANOK_TEST_EXAMPLE_URL to a running server. Tried: it is not here; nor there.',
  );
});
