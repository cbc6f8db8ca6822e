import { execFile } from 'node:child_process';
import { accessSync, constants, globSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installDebianPackage } from './system-package.ts';

const run = promisify(execFile);

/** What there is to know about a kind of server in order to find it. */
export interface ServerKind {
  /** As people write it. */
  readonly name: string;
  /** Names a running server to use instead of starting one. */
  readonly urlVariable: string;
  /** The server's main program. */
  readonly program: string;
  /** Folders to look in after the PATH; `*` stands for anything, and the highest version wins. */
  readonly usualFolders: readonly string[];
  readonly debianPackage: string;
  readonly image: string;
}

/** Where a server's programs are: in a folder of this machine, or in an image. */
export type ServerPrograms = { readonly folder: string } | { readonly image: string };

const found = new Map<string, Promise<ServerPrograms>>();

/**
 * Finds the programs of a kind of server: on the PATH, in the usual folders, from the system's package
 * manager, as an image. Looks once per process.
 *
 * @throws Error that says what to install when there is no way
 */
export function findPrograms(kind: ServerKind): Promise<ServerPrograms> {
  const known = found.get(kind.program) ?? lookFor(kind);
  found.set(kind.program, known);
  return known;
}

async function lookFor(kind: ServerKind): Promise<ServerPrograms> {
  const folder = findFolder(kind);
  if (folder !== undefined) return { folder };

  const noPackage = await installDebianPackage(kind.debianPackage);
  const installedFolder = findFolder(kind);
  if (installedFolder !== undefined) return { folder: installedFolder };

  if (await dockerHas(kind.image)) return { image: kind.image };

  throw new Error(
    `The tests need a real ${kind.name}: install ${kind.program} (Debian package ${kind.debianPackage}) so that it is ` +
      `on the PATH, or start Docker, or set ${kind.urlVariable} to a running server. ` +
      `(${noPackage ?? `${kind.debianPackage} has no ${kind.program}`}; Docker does not provide ${kind.image})`,
  );
}

/** The folder of a kind's main program, links resolved, or undefined. */
export function findFolder(
  { program, usualFolders }: Pick<ServerKind, 'program' | 'usualFolders'>,
  path = process.env['PATH'] ?? '',
): string | undefined {
  const byVersion = new Intl.Collator('en', { numeric: true });
  const usual = usualFolders.flatMap((pattern) =>
    globSync(pattern).toSorted((a, b) => byVersion.compare(b, a)),
  );
  for (const folder of [...path.split(delimiter).filter(Boolean), ...usual]) {
    const file = join(folder, program);
    // PostgreSQL's programs look for each other beside the real file, not beside a link to it.
    if (isExecutable(file)) return dirname(realpathSync(file));
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function dockerHas(image: string): Promise<boolean> {
  try {
    await run('docker', ['image', 'inspect', image], { timeout: 30_000 });
    return true;
  } catch {
    return dockerPulls(image);
  }
}

async function dockerPulls(image: string): Promise<boolean> {
  try {
    await run('docker', ['pull', '--quiet', image], { timeout: 300_000 });
    return true;
  } catch {
    return false;
  }
}
