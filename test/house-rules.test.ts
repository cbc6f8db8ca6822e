import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Rules of CONTRIBUTING.md that a linter does not know, held by reading every file that git tracks. */
const root = join(import.meta.dirname, '..');
const maxLines = 350;

const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);
const code = tracked.filter((path) => /\.(ts|mts|js|mjs|css)$/.test(path));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Paths of `files` in which `pattern` occurs, but for this file, which has to name what it forbids. */
function holding(files: readonly string[], pattern: RegExp): string[] {
  return files.filter((path) => path !== 'test/house-rules.test.ts' && pattern.test(read(path)));
}

describe('house rules', () => {
  it(`no source file is longer than ${maxLines} lines`, () => {
    expect(code.length).toBeGreaterThan(0);
    expect(code.filter((path) => read(path).split('\n').length > maxLines)).toEqual([]);
  });

  it('no test is skipped, singled out or promised for later', () => {
    expect(holding(code, /\b(?:it|test|describe)\.(?:skip|only|todo|skipIf|runIf)\b/)).toEqual([]);
  });

  it('no check is silenced', () => {
    expect(holding(code, /@ts-(?:ignore|expect-error|nocheck)|(?:eslint|oxlint)-disable/)).toEqual([]);
  });

  it('nothing is left to do', () => {
    expect(holding(code, /\b(?:TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
  });

  it('every app and package says what it is for', () => {
    const workspaces = tracked
      .filter((path) => /^(?:apps|packages)\/[^/]+\/package\.json$/.test(path))
      .map((path) => path.replace('package.json', ''));
    expect(workspaces.filter((folder) => !tracked.includes(`${folder}README.md`))).toEqual([]);
  });
});
