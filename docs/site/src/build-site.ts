import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { apiPage, type ApiDocument } from './api-reference.ts';
import { layOut } from './layout.ts';
import { readPages } from './pages.ts';
import { renderPage } from './render.ts';

export interface SiteOptions {
  /** Root of the repository. */
  readonly repository: string;
  /** Folder of the site; what is in it goes. */
  readonly output: string;
  /** OpenAPI documents to make reference pages of. */
  readonly documents: readonly ApiDocument[];
  readonly repositoryUrl?: string | undefined;
}

/** Builds the site. @returns the paths of its pages */
export function buildSite({ repository, output, documents, repositoryUrl }: SiteOptions): string[] {
  const pages = [...readPages(repository), ...documents.map(apiPage)];
  const targets = new Map(pages.map(({ source, target }) => [source, target]));
  rmSync(output, { recursive: true, force: true });
  for (const page of pages) {
    const file = join(output, page.target);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, layOut(page, renderPage(page, { pages: targets, repositoryUrl }), pages));
  }
  return pages.map(({ target }) => target);
}
