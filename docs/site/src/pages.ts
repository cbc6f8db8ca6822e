import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A Markdown file of the repository, and where it stands in the site. */
export interface Page {
  /** Path in the repository, such as `docs/guides/concepts.md`. */
  readonly source: string;
  /** Path in the site, such as `docs/guides/concepts.html`. */
  readonly target: string;
  readonly title: string;
  readonly section: string;
  readonly markdown: string;
}

/** Sections in the order of the menu, with what belongs to each. The first that fits a page has it. */
const SECTIONS: readonly (readonly [string, RegExp])[] = [
  ['Start', /^(README\.md|docs\/README\.md|docs\/guides\/(getting-started|concepts)\.md|docs\/tutorial\/)/],
  ['Guides', /^(docs\/guides\/|infra\/.*README\.md$)/],
  ['Services', /^(apps\/|packages\/client\/)/],
  ['Operations', /^docs\/operations\/[^/]+\.md$/],
  ['Runbooks', /^docs\/operations\/runbooks\//],
  ['Security', /^docs\/security\//],
  ['API', /^docs\/api\//],
  ['Inside', /^(ARCHITECTURE|CONTRIBUTING)\.md$|^docs\/adr\/|^packages\/|^bench\//],
];

/** Every Markdown file that git tracks and that belongs to a section, in the order of the menu. */
export function readPages(repository: string): Page[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: repository,
    encoding: 'utf8',
  });
  const order = SECTIONS.map(([name]) => name);
  return listed
    .split('\n')
    .filter(Boolean)
    .flatMap((source) => readPage(repository, source) ?? [])
    .toSorted((left, right) => order.indexOf(left.section) - order.indexOf(right.section));
}

function readPage(repository: string, source: string): Page | undefined {
  const section = SECTIONS.find(([, pattern]) => pattern.test(source))?.[0];
  if (section === undefined) return undefined;
  const markdown = readFileSync(join(repository, source), 'utf8');
  const title = /^# +(.+)$/m.exec(markdown)?.[1]?.replaceAll('`', '') ?? posix.basename(source, '.md');
  return { source, target: targetOf(source), title, section, markdown };
}

/** A folder's README is its index. */
export function targetOf(source: string): string {
  const folder = posix.dirname(source);
  const name = posix.basename(source, '.md');
  return posix.join(folder, name === 'README' ? 'index.html' : `${name}.html`);
}
