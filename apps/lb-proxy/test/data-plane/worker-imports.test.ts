import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../src');
const IMPORT = /^(?:import|export) (?!type )[^;]*?from '([^']+)';/gm;

/** Packages that a file needs at run time, by itself or by what it imports. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    if (!name.startsWith('.')) packages.add(name);
    else for (const each of packagesOf(join(dirname(file), name), seen)) packages.add(each);
  }
  return packages;
}

it('a worker loads nothing of the control plane, which would cost each thread time and memory', () => {
  const packages = [...packagesOf(join(source, 'data-plane/worker-main.ts'))];
  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual(['@hanok/strategies']);
  expect([...packagesOf(join(source, 'main.ts'))]).toContain('@hanok/service-kit');
});
