import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { stripTypes } from './strip-types.ts';

/** A file of the page, ready to be sent. */
export interface PageFile {
  /** Path below the page's folder, with slashes. */
  readonly path: string;
  readonly mediaType: string;
  /** Quoted hash of the content. */
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
  readonly brotli: Buffer;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** Good enough: the best quality takes ten times as long for a tenth less. */
const brotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } };

/** Where the page puts the links that have all modules fetched at once instead of one after the other. */
const modulesPlace = '<!-- modules -->';

/**
 * Reads the page: TypeScript is served as the JavaScript it is without its types, everything is compressed once.
 *
 * @param folder of the page
 * @throws the system's error when it cannot be read
 */
export async function readPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile() && extname(entry.name) in mediaTypes)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .toSorted();
  const contents = await readContents(folder, paths);
  // Only one language is shown; its words are asked for when it is known which. A module of types alone is empty.
  const modules = [...contents]
    .filter(([path, content]) => path.endsWith('.ts') && !path.startsWith('dictionaries/') && content !== '')
    .map(([path]) => `<link rel="modulepreload" href="./${path}" />`);
  const files = await Promise.all(
    [...contents].map(([path, content]) =>
      prepare(path, content.replace(modulesPlace, modules.join('\n    '))),
    ),
  );
  return new Map(files.map((file) => [file.path, file]));
}

async function readContents(folder: string, paths: readonly string[]): Promise<Map<string, string>> {
  const read = async (path: string) => [path, await readFile(join(folder, path), 'utf8')] as const;
  const contents = new Map(await Promise.all(paths.map(read)));
  const typed = [...contents].filter(([path]) => path.endsWith('.ts'));
  const stripped = await stripTypes(typed.map(([, source]) => source));
  for (const [index, [path]] of typed.entries()) contents.set(path, withoutBlanks(stripped[index] ?? ''));
  return contents;
}

async function prepare(path: string, content: string): Promise<PageFile> {
  const plain = Buffer.from(content);
  const [gzipped, brotli] = await Promise.all([
    promisify(gzip)(plain, { level: 9 }),
    promisify(brotliCompress)(plain, brotliOptions),
  ]);
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { path, mediaType: mediaTypes[extname(path)] ?? '', etag, plain, gzipped, brotli };
}

/** Types leave blanks where they were; only those at the ends of lines are nobody's. */
function withoutBlanks(code: string): string {
  return code
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}
