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

/** One way to come by the programs; a text says why it is not possible. */
export type ProgramSource = (kind: ServerKind) => Promise<ServerPrograms | string>;

const onThisMachine: ProgramSource = (kind) => {
  const folder = findFolder(kind);
  return Promise.resolve(folder === undefined ? `${kind.program} is not on the PATH` : { folder });
};

const fromDebianPackage: ProgramSource = async (kind) => {
  const failure = await installDebianPackage(kind.debianPackage);
  return failure ?? onThisMachine(kind);
};

const fromDocker: ProgramSource = async ({ image }) =>
  (await dockerHas(image)) ? { image } : `Docker does not provide ${image}`;

const found = new Map<string, Promise<ServerPrograms>>();

/**
 * Finds the programs of a kind of server: on the PATH, in the usual folders, from the system's package
 * manager, as an image. Looks once per process. HANOK_TEST_PROGRAMS=docker takes the image at once.
 *
 * @throws Error that says what to install when there is no way
 */
export function findPrograms(kind: ServerKind): Promise<ServerPrograms> {
  const sources =
    process.env['HANOK_TEST_PROGRAMS'] === 'docker'
      ? [fromDocker]
      : [onThisMachine, fromDebianPackage, fromDocker];
  const known = found.get(kind.program) ?? firstOf(sources, kind);
  found.set(kind.program, known);
  return known;
}

/** Tries one source after the other. */
export async function firstOf(sources: readonly ProgramSource[], kind: ServerKind): Promise<ServerPrograms> {
  const failures: string[] = [];
  for (const source of sources) {
    const result = await source(kind);
    if (typeof result === 'object') return result;
    failures.push(result);
  }
  const { name, program, debianPackage, urlVariable } = kind;
  throw new Error(
    `The tests need a real ${name}. Install ${program} so that it is on the PATH (Debian package ${debianPackage}), ` +
      `or start Docker, or set ${urlVariable} to a running server. Tried: ${failures.join('; ')}.`,
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

/** True when the image is there or can be pulled; false also when there is no Docker. */
async function dockerHas(image: string): Promise<boolean> {
  const succeeds = (args: readonly string[]): Promise<boolean> =>
    run('docker', args, { timeout: 300_000 }).then(
      () => true,
      () => false,
    );
  return (await succeeds(['image', 'inspect', image])) || succeeds(['pull', '--quiet', image]);
}
