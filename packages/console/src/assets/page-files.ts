import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { modulesOf } from './modules-of.ts';
import { PageFile } from './page-file.ts';
import { stripTypes } from './strip-types.ts';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** Where the page puts the links that have all modules fetched at once instead of one after the other. */
const modulesPlace = '<!-- modules -->';
const mainModule = 'main.ts';

/**
 * The files of the page. TypeScript is served as the JavaScript it is without its types; what needs no such work does not
 * wait for it, so that a browser has begun with the page by then.
 */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile | Promise<PageFile>>;

  private constructor(files: ReadonlyMap<string, PageFile | Promise<PageFile>>) {
    this.#files = files;
  }

  /**
   * @param folder of the page
   * @throws the system's error when it cannot be read
   */
  static async read(folder: string): Promise<PageFiles> {
    const sources = await readSources(folder);
    const first = modulesOf(sources, mainModule);
    const links = first.map((path) => `<link rel="modulepreload" href="./${path}" />`).join('\n    ');
    const isModule = (path: string) => path.endsWith('.ts');
    // What is asked for first is stripped first.
    const modules = [...new Set([...first, ...[...sources.keys()].filter(isModule)])];
    const others = [...sources]
      .filter(([path]) => !isModule(path))
      .map(([path, source]) => [path, fileOf(path, source.replace(modulesPlace, links))] as const);
    return new PageFiles(
      new Map<string, PageFile | Promise<PageFile>>([...others, ...strip(modules, sources)]),
    );
  }

  /**
   * @param path below the page's folder, with slashes
   * @returns undefined when there is no such file
   * @throws Error when it is a module and a module is not TypeScript
   */
  async find(path: string): Promise<PageFile | undefined> {
    return this.#files.get(path);
  }

  /** All of them, by their path. */
  async all(): Promise<ReadonlyMap<string, PageFile>> {
    const files = [...this.#files].map(async ([path, file]) => [path, await file] as const);
    return new Map(await Promise.all(files));
  }
}

async function readSources(folder: string): Promise<Map<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile() && extname(entry.name) in mediaTypes)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
  const read = async (path: string) => [path, await readFile(join(folder, path), 'utf8')] as const;
  return new Map(await Promise.all(paths.map(read)));
}

/** Each is there as soon as it is done. */
function strip(
  paths: readonly string[],
  sources: ReadonlyMap<string, string>,
): Map<string, Promise<PageFile>> {
  const awaited = paths.map((path) => ({ path, ...Promise.withResolvers<PageFile>() }));
  const run = async (): Promise<void> => {
    let done = 0;
    for await (const code of stripTypes(paths.map((path) => sources.get(path) ?? ''))) {
      const { path = '', resolve } = awaited[done] ?? {};
      resolve?.(fileOf(path, withoutBlanks(code)));
      done += 1;
    }
  };
  run().catch((error: unknown) => {
    for (const { promise, reject } of awaited) {
      // Told to who asks for it; perhaps nobody does.
      promise.catch(() => undefined);
      reject(error);
    }
  });
  return new Map(awaited.map(({ path, promise }) => [path, promise]));
}

function fileOf(path: string, content: string): PageFile {
  return new PageFile(mediaTypes[extname(path)] ?? '', content);
}

/** Types leave blanks where they were; only those at the ends of lines are nobody's. */
function withoutBlanks(code: string): string {
  return code
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
