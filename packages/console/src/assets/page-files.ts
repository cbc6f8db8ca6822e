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
  readonly #plain: ReadonlyMap<string, PageFile>;
  readonly #modules: Promise<ReadonlyMap<string, PageFile>>;

  private constructor(plain: ReadonlyMap<string, PageFile>, modules: Promise<ReadonlyMap<string, PageFile>>) {
    this.#plain = plain;
    this.#modules = modules;
    // Told to who asks for a module.
    modules.catch(() => undefined);
  }

  /**
   * @param folder of the page
   * @throws the system's error when it cannot be read
   */
  static async read(folder: string): Promise<PageFiles> {
    const sources = await readSources(folder);
    const isModule = ([path]: readonly [string, string]) => path.endsWith('.ts');
    const links = modulesOf(sources, mainModule).map(
      (path) => `<link rel="modulepreload" href="./${path}" />`,
    );
    const plain = [...sources]
      .filter((each) => !isModule(each))
      .map(([path, source]) => fileOf(path, source.replace(modulesPlace, links.join('\n    '))));
    return new PageFiles(new Map(plain), strip([...sources].filter(isModule)));
  }

  /**
   * @param path below the page's folder, with slashes
   * @returns undefined when there is no such file
   * @throws Error when the modules are not TypeScript
   */
  async find(path: string): Promise<PageFile | undefined> {
    return this.#plain.get(path) ?? (path.endsWith('.ts') ? (await this.#modules).get(path) : undefined);
  }

  /** All of them, by their path. */
  async all(): Promise<ReadonlyMap<string, PageFile>> {
    return new Map([...this.#plain, ...(await this.#modules)]);
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

async function strip(modules: readonly (readonly [string, string])[]): Promise<Map<string, PageFile>> {
  const stripped = await stripTypes(modules.map(([, source]) => source));
  return new Map(modules.map(([path], index) => fileOf(path, withoutBlanks(stripped[index] ?? ''))));
}

function fileOf(path: string, content: string): [string, PageFile] {
  return [path, new PageFile(mediaTypes[extname(path)] ?? '', content)];
}

/** Types leave blanks where they were; only those at the ends of lines are nobody's. */
function withoutBlanks(code: string): string {
  return code
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
