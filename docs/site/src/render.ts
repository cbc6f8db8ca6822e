import { posix } from 'node:path';
import MarkdownIt from 'markdown-it';
import { anchorOf } from './headings.ts';
import type { Page } from './pages.ts';

/** What links of a page may lead to. */
export interface LinkTargets {
  /** Site paths by repository path. */
  readonly pages: ReadonlyMap<string, string>;
  /** Where files that are no pages can be seen, without a slash at its end; without it they are not linked. */
  readonly repositoryUrl: string | undefined;
}

/** Turns a page's Markdown into HTML: links lead to pages of the site, headings have anchors. HTML is shown, not run. */
export function renderPage(page: Page, targets: LinkTargets): string {
  const markdown = new MarkdownIt({ html: false, linkify: true });
  const seen = new Map<string, number>();
  markdown.core.ruler.push('anchors and links', (state) => {
    for (const [index, token] of state.tokens.entries()) {
      if (token.type === 'heading_open')
        token.attrSet('id', anchorOf(state.tokens[index + 1]?.content ?? '', seen));
      for (const child of token.children ?? []) {
        if (child.type === 'link_open')
          child.attrSet('href', linkTarget(String(child.attrGet('href') ?? ''), page, targets));
      }
    }
  });
  return markdown.render(withoutComments(page.markdown));
}

function withoutComments(markdown: string): string {
  return markdown.replaceAll(/<!--[\s\S]*?-->/g, '');
}

function linkTarget(href: string, page: Page, targets: LinkTargets): string {
  if (/^([a-z]+:|#|\/\/)/i.test(href)) return href;
  const [path = '', anchor] = href.split('#');
  const wanted = posix.join(posix.dirname(page.source), decodeURI(path)).replace(/\/$/, '');
  const target = targets.pages.get(wanted) ?? targets.pages.get(posix.join(wanted, 'README.md'));
  const suffix = anchor === undefined ? '' : `#${anchor}`;
  if (target !== undefined) return relative(page.target, target) + suffix;
  return targets.repositoryUrl === undefined ? '#' : `${targets.repositoryUrl}/${wanted}${suffix}`;
}

/** The way from one page of the site to another. */
export function relative(from: string, to: string): string {
  return posix.relative(posix.dirname(from), to);
}
