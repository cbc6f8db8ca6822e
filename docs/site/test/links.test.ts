import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf } from '../src/headings.ts';

const root = join(import.meta.dirname, '../../..');
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));

/** Links of a Markdown file to other files or headings; what is in code is not a link. */
function linksOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)]
    .map(([, link]) => link ?? '')
    .filter((link) => !/^([a-z][a-z+.-]*:|\/\/)/i.test(link));
}

/** What is wrong with a link, or undefined. */
function problemOf(file: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? join(root, file) : join(root, dirname(file), decodeURI(path));
  if (!existsSync(target)) return `${file}: there is no ${link}`;
  if (anchor === undefined || anchor === '') return undefined;
  const page = statSync(target).isDirectory() ? join(target, 'README.md') : target;
  if (!page.endsWith('.md')) return undefined;
  return anchorsOf(readFileSync(page, 'utf8')).has(anchor) ? undefined : `${file}: no heading for ${link}`;
}

describe('links in Markdown', () => {
  it('lead to files and headings that exist', () => {
    expect(files.length).toBeGreaterThan(20);
    const problems = files.flatMap((file) =>
      linksOf(readFileSync(join(root, file), 'utf8')).flatMap((link) => problemOf(file, link) ?? []),
    );
    expect(problems).toEqual([]);
  });
});
