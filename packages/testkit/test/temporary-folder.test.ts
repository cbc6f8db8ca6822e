import { existsSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../src/index.ts';

it('is empty, its own, and gone with all in it after disposal', async () => {
  let path: string;
  {
    await using folder = temporaryFolder();
    await using other = temporaryFolder();
    path = folder.path;
    expect(readdirSync(path)).toEqual([]);
    expect(realpathSync(path)).toBe(path);
    expect(other.path).not.toBe(path);
    writeFileSync(join(path, 'file'), 'text');
  }
  expect(existsSync(path)).toBe(false);
});

it('can be removed more than once', async () => {
  const folder = temporaryFolder();
  await folder.remove();
  await folder.remove();
  expect(existsSync(folder.path)).toBe(false);
});
