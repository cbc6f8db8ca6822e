import { posix } from 'node:path';

/** Of a module; what it takes but types from another. */
const imports = /^(?:import|export)\s(?!type\s)[^;']*?from '(\.[^']+)';/gm;

/**
 * The modules that a module needs, itself among them, so that a page can have all of them fetched at once. Those that are
 * imported only when they are needed are not among them.
 *
 * @param sources TypeScript by its path
 */
export function modulesOf(sources: ReadonlyMap<string, string>, main: string): string[] {
  const found = new Set([main]);
  for (const path of found) {
    for (const [, target = ''] of (sources.get(path) ?? '').matchAll(imports)) {
      found.add(posix.join(posix.dirname(path), target));
    }
  }
  return [...found];
}
