import { existsSync, readdirSync, watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '@hanok/service-kit/time';

/** Changes that follow each other within this time are told together, milliseconds. */
const SETTLE_MS = 200;

export interface SourceWatcher {
  close(): void;
}

/**
 * Watches the sources of a repository: `apps/<app>/src` and `packages/<package>/src`.
 *
 * @param onChange called after changes have settled: with the apps that changed, or with
 * `'all'` when a package did, since every app may import it.
 */
export function watchSources(
  repositoryRoot: string,
  clock: Clock,
  onChange: (apps: ReadonlySet<string> | 'all') => void,
): SourceWatcher {
  let changed = new Set<string>();
  let packageChanged = false;
  let settle: Timer | undefined;
  const tell = () => {
    const apps = packageChanged ? 'all' : changed;
    changed = new Set();
    packageChanged = false;
    onChange(apps);
  };
  const note = (app: string | undefined) => {
    if (app === undefined) packageChanged = true;
    else changed.add(app);
    settle?.cancel();
    settle = clock.setTimer(SETTLE_MS, tell);
  };
  const watchers = [
    ...sourceFolders(join(repositoryRoot, 'apps')).map(({ name, path }) =>
      watchFolder(path, () => note(name)),
    ),
    ...sourceFolders(join(repositoryRoot, 'packages')).map(({ path }) =>
      watchFolder(path, () => note(undefined)),
    ),
  ];
  return {
    close() {
      settle?.cancel();
      for (const watcher of watchers) watcher.close();
    },
  };
}

function sourceFolders(parent: string): { name: string; path: string }[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((name) => ({ name, path: join(parent, name, 'src') }))
    .filter(({ path }) => existsSync(path));
}

function watchFolder(path: string, onChange: () => void): FSWatcher {
  return watch(path, { recursive: true }, (_event, file) => {
    if (file === null || file.endsWith('.ts')) onChange();
  });
}
