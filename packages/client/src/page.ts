import type { CallOptions } from './transport.ts';

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Pass it as `cursor` for the next page; null on the last. */
  readonly nextCursor: string | null;
}

/** Which part of a list to read. */
export interface PageQuery {
  /** Items on a page, 1 to 500. Default 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before; opaque. */
  readonly cursor?: string;
}

/** Reads a list page by page, only as far as the caller iterates. */
export async function* eachItem<T, Q extends PageQuery>(
  query: Q,
  options: CallOptions,
  readPage: (query: Q, options: CallOptions) => Promise<Page<T>>,
): AsyncGenerator<T, void, undefined> {
  let next: string | null | undefined = query.cursor;
  do {
    const page: Page<T> = await readPage(next === undefined ? query : { ...query, cursor: next }, options);
    yield* page.items;
    next = page.nextCursor;
  } while (next !== null);
}
