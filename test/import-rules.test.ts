import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The architecture as a test: imports run from apps to packages, never sideways between apps nor upwards.
 * `allowed` lists, for each workspace, which other workspaces its sources may import.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'packages/service-kit': [],
  'packages/strategies': [],
  'packages/client': [],
  'packages/cli': ['service-kit', 'client'],
  'packages/testkit': ['service-kit'],
  'packages/cluster': ['service-kit'],
  'packages/repository': ['service-kit'],
  'packages/cache-client': ['service-kit'],
  'packages/console': ['service-kit'],
  'apps/lb-proxy': ['service-kit', 'strategies', 'cluster'],
  'apps/cluster-coordinator': ['service-kit', 'cluster', 'console'],
  'apps/player-service': ['service-kit', 'repository', 'cache-client', 'cluster'],
  'apps/cache-service': ['service-kit', 'cache-client', 'cluster'],
  'infra/local': ['service-kit'],
  'infra/demo': ['client'],
};

/** Helpers of tests only; sources may not import them. */
const testOnly = ['testkit'];

const root = join(import.meta.dirname, '..');
const appNames = readdirSync(join(root, 'apps'));

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '');
}

function hanokImports(file: string): string[] {
  return importsOf(file).flatMap((name) => /^@hanok\/([^/]+)/.exec(name)?.[1] ?? []);
}

function existing(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: false }).map(String);
}

describe('import rules', () => {
  it('cover every app and package', () => {
    const workspaces = ['apps', 'packages'].flatMap((group) =>
      existing(group).map((name) => `${group}/${name}`),
    );
    expect(workspaces.filter((name) => !(name in allowed))).toEqual([]);
  });

  for (const [workspace, mayImport] of Object.entries(allowed)) {
    it(`${workspace} imports only ${mayImport.join(', ') || 'no other workspace'}`, () => {
      const files = sourceFiles(join(root, workspace, 'src'));
      expect(files.length).toBeGreaterThan(0);
      const forbidden = files.flatMap((file) =>
        hanokImports(file)
          .filter((name) => !mayImport.includes(name))
          .map((name) => `${file} imports @hanok/${name}`),
      );
      expect(forbidden).toEqual([]);
    });

    it(`${workspace} reaches other workspaces only by their names, and declares them`, () => {
      const declared = readFileSync(join(root, workspace, 'package.json'), 'utf8');
      for (const file of sourceFiles(join(root, workspace, 'src'))) {
        const outside = importsOf(file).filter(
          (name) => name.startsWith('.') && !join(file, '..', name).startsWith(join(root, workspace)),
        );
        expect(outside, file).toEqual([]);
        for (const name of hanokImports(file))
          expect(declared, `${file} imports @hanok/${name}`).toContain(`"@hanok/${name}"`);
      }
    });
  }

  it('no package or app imports an app, not even in its tests', () => {
    for (const workspace of Object.keys(allowed)) {
      for (const file of sourceFiles(join(root, workspace))) {
        expect(
          hanokImports(file).filter((name) => appNames.includes(name)),
          file,
        ).toEqual([]);
      }
    }
  });

  it('test helpers stay in tests', () => {
    for (const workspace of Object.keys(allowed)) {
      for (const file of sourceFiles(join(root, workspace, 'src'))) {
        expect(
          hanokImports(file).filter((name) => testOnly.includes(name)),
          file,
        ).toEqual([]);
      }
    }
  });
});
