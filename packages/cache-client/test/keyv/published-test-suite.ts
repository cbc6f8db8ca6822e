import type { Keyv, KeyvStoreAdapter } from 'keyv';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type * as vitest from 'vitest';

/** Registers the tests that Keyv asks a store to pass. */
export type KeyvTestSuite = (
  test: typeof vitest,
  KeyvClass: typeof Keyv,
  store: () => KeyvStoreAdapter,
) => void;

const version = '2.1.2';
/** `npm view @keyv/test-suite@2.1.2 dist.integrity` */
const integrity =
  'sha512-3DizJxnIx4OSDSYsGoY8Z4KYYmYGfz97D/0AwPd2sMYTcdKcfumXCKBo4YAYgS32uFJRvqs8HUFHyg8noJ8AGA==';
const packed = new URL(`keyv-test-suite-${version}.tgz`, import.meta.url);
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/**
 * `@keyv/test-suite` as published, from the package that lies here. Installed as a dependency it would bring another
 * version of the test runner and a database to compile; what its code imports are dependencies of this package.
 *
 * @throws Error when the package is not the published one.
 */
export async function loadKeyvTestSuite(): Promise<KeyvTestSuite> {
  const bytes = await readFile(packed);
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found !== integrity) throw new Error(`${packed.href} is not the published package: ${found}`);
  await mkdir(cacheFolder, { recursive: true });
  const file = `${cacheFolder}/keyv-test-suite-${version}.mjs`;
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, fileIn(gunzipSync(bytes), 'package/dist/index.js'));
  await rename(draft, file);
  const { default: suite } = (await import(file)) as { default: KeyvTestSuite };
  return suite;
}

const blockBytes = 512;

/** One file of a tar archive: headers of a block, each before its file, which fills up whole blocks. */
function fileIn(archive: Buffer, name: string): Buffer {
  for (let at = 0; at + blockBytes <= archive.length;) {
    const field = (from: number, length: number): string =>
      archive.toString('latin1', at + from, at + from + length).replace(/\0.*$/, '');
    const begin = at + blockBytes;
    const sizeBytes = parseInt(field(124, 12), 8) || 0;
    if (field(0, 100) === name) return archive.subarray(begin, begin + sizeBytes);
    at = begin + Math.ceil(sizeBytes / blockBytes) * blockBytes;
  }
  throw new Error(`the package has no ${name}`);
}
