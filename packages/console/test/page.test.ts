import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { en } from '../page/dictionaries/en.ts';
import { ko } from '../page/dictionaries/ko.ts';
import { modulesOf } from '../src/assets/modules-of.ts';
import { PageFiles } from '../src/assets/page-files.ts';
import { timelineKinds } from '../src/timeline-event.ts';
import { stripTypes } from '../src/assets/strip-types.ts';
import { startConsole } from './support/console-server.ts';

const folder = join(import.meta.dirname, '..', 'page');
const maxFirstViewBytes = 150_000;

describe('the page', () => {
  it('is served under a policy that lets in nothing from elsewhere and no inline code', async () => {
    await using console = await startConsole();
    const answer = await console.server.inject({ url: '/console/' });
    expect(answer.statusCode).toBe(200);
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:|data:/);
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(answer.body).not.toMatch(/<script(?![^>]*src=)|style="|\son\w+="/);
    expect(answer.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('takes under 150 KB over the wire, all of it together', async () => {
    const files = await (await PageFiles.read(folder)).all();
    const gzipped = await Promise.all([...files.values()].map((file) => file.compressed('gzip')));
    const sizeBytes = gzipped.reduce((total, { length }) => total + length, 0);
    expect(sizeBytes).toBeLessThan(maxFirstViewBytes);
    expect(files.size).toBeGreaterThan(20);
  });

  it('is sent compressed, once for as long as it does not change', async () => {
    await using console = await startConsole();
    const url = '/console/main.ts';
    const first = await console.server.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
    expect(first.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
    });
    const headers = { 'if-none-match': String(first.headers['etag']) };
    expect((await console.server.inject({ url, headers })).statusCode).toBe(304);
  });

  it('is read without a word in the log', async () => {
    const module = join(import.meta.dirname, '..', 'src', 'assets', 'page-files.ts');
    const script = `const { PageFiles } = await import(process.argv[1]); await (await PageFiles.read(process.argv[2])).all();`;
    const args = ['--input-type=module', '--eval', script, module, folder];
    expect(await promisify(execFile)(process.execPath, args)).toEqual({ stdout: '', stderr: '' });
    const broken = stripTypes(['const a: = 1;']);
    await expect(broken.next()).rejects.toThrow('Unexpected token');
  });

  it('has the modules of its first view fetched at once, but for those of types alone', async () => {
    const files = await PageFiles.read(folder);
    const html = String((await files.find('index.html'))?.plain);
    const linked = [...html.matchAll(/modulepreload" href="\.\/([^"]+)"/g)].map(([, path = '']) => path);
    for (const path of linked) {
      // Without its types, a module of types alone is but comments.
      expect(String((await files.find(path))?.plain), path).toMatch(/^(?:im|ex)port\b/m);
    }
    expect(linked).toEqual(expect.arrayContaining(['main.ts', 'shell.ts', 'stream.ts', 'pages/overview.ts']));
    expect(linked.filter((path) => path.startsWith('pages/'))).toEqual(['pages/overview.ts']);
    expect(linked.filter((path) => path.startsWith('dictionaries/'))).toEqual([]);
  });

  it('finds what a module imports, but types and what is imported later', () => {
    const sources = new Map([
      [
        'main.ts',
        "import { a } from './a.ts';\nimport type { B } from './b.ts';\nawait import('./late.ts');",
      ],
      ['a.ts', "import {\n  c,\n  type D,\n} from './sub/c.ts';\nimport { chosen } from 'elsewhere';"],
      ['sub/c.ts', "import { a } from '../a.ts';\nexport { e } from './e.ts';"],
    ]);
    expect(modulesOf(sources, 'main.ts')).toEqual(['main.ts', 'a.ts', 'sub/c.ts', 'sub/e.ts']);
  });

  it('has no file but its own', async () => {
    await using console = await startConsole();
    for (const path of ['tsconfig.json', '../package.json', '%2e%2e/package.json', 'nothing.ts']) {
      expect((await console.server.inject({ url: `/console/${path}` })).statusCode, path).toBe(404);
    }
  });

  it('never reads a text as HTML', () => {
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const risky = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/;
    expect(sources.filter((path) => risky.test(readFileSync(join(folder, path), 'utf8')))).toEqual([]);
  });
});

describe('the dictionaries', () => {
  const places = (text: string) =>
    [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).toSorted((a, b) => a.localeCompare(b));

  it('have the same words with the same places', () => {
    expect(Object.keys(ko).toSorted()).toEqual(Object.keys(en).toSorted());
    for (const [key, text] of Object.entries(en)) {
      const other: string = ko[key as keyof typeof en];
      expect(other.trim(), key).not.toBe('');
      expect(places(other), key).toEqual(places(text));
    }
  });

  it('have every word that the page asks for', () => {
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const asked = sources.flatMap((path) =>
      [...readFileSync(join(folder, path), 'utf8').matchAll(/\bt\('([^']+)'/g)].map(([, key]) => key ?? ''),
    );
    expect(asked.filter((key) => !(key in en))).toEqual([]);
    expect(asked.length).toBeGreaterThan(100);
  });

  it('have a sentence for everything that can happen', () => {
    expect(timelineKinds.filter((kind) => !(`event.${kind}` in en))).toEqual([]);
  });
});
