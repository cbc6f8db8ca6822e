/** Where the values of a page are: a typed array for numbers, else an array. */
interface Page<T> {
  [index: number]: T;
}

/** Values in a page; a power of two. Small enough that making a page is not felt. */
const pageLength = 4_096;
const pageBits = Math.log2(pageLength);

/** A list that grows a page at a time, so that growing never stands still to move what is there. */
export class PagedList<T> {
  readonly #pages: Page<T>[] = [];
  readonly #newPage: (length: number) => Page<T>;

  constructor(newPage: (length: number) => Page<T>) {
    this.#newPage = newPage;
  }

  at(index: number): T | undefined {
    return this.#pages[index >>> pageBits]?.[index & (pageLength - 1)];
  }

  put(index: number, value: T): void {
    const page = (this.#pages[index >>> pageBits] ??= this.#newPage(pageLength));
    page[index & (pageLength - 1)] = value;
  }
}
