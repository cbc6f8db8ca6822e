import type { Page } from '@hanok/client';

/** Reads a list to its end and gives its pages in the order they were read. */
export async function readPages<T>(
  readPage: (cursor: string | undefined) => Promise<Page<T>>,
): Promise<(readonly T[])[]> {
  const pages: (readonly T[])[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await readPage(cursor);
    pages.push(page.items);
    if (page.nextCursor === null) return pages;
    cursor = page.nextCursor;
  }
}
