import { h, setAttribute, setText } from '../dom.ts';

/** What a cell shows, and how it follows its row. */
export interface CellView<R> {
  readonly element: HTMLElement;
  update(row: R, key: string): void;
}

export interface Column<R> {
  readonly id: string;
  readonly title: string;
  /** A track of the grid, such as `minmax(120px, 1fr)`. */
  readonly width: string;
  readonly isNumber?: boolean;
  /** What it is sorted by; absent: it cannot be. */
  readonly sortBy?: (row: R) => string | number;
  readonly cell: () => CellView<R>;
}

export interface VirtualTableOptions<R> {
  readonly label: string;
  readonly columns: readonly Column<R>[];
  readonly rowHeight: number;
  /** Below this it scrolls sideways, px. */
  readonly minWidth: number;
  readonly empty: string;
}

interface RowView<R> {
  readonly element: HTMLElement;
  readonly cells: readonly CellView<R>[];
  row: R | null;
}

/** Rows outside the view that are kept ready on each side. */
const margin = 4;

/** A table of any length: only the rows in view are in the document, and only what changed of them is touched. */
export class VirtualTable<R> {
  readonly element: HTMLElement;
  readonly #options: VirtualTableOptions<R>;
  readonly #scroller: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #headers: HTMLElement[];
  readonly #views: RowView<R>[] = [];
  #entries: readonly (readonly [string, R])[] = [];
  #sorted: readonly (readonly [string, R])[] = [];
  #sort: { readonly column: Column<R>; readonly isDown: boolean } | null = null;

  constructor(options: VirtualTableOptions<R>) {
    const { label, columns, minWidth } = options;
    this.#options = options;
    this.#headers = columns.map((column) => this.#header(column));
    this.#spacer = h('div', { role: 'presentation' });
    this.#scroller = h(
      'div',
      { class: 'scroller', role: 'rowgroup', tabindex: 0, 'aria-label': label },
      this.#spacer,
    );
    const head = h('div', { role: 'row', class: 'head', 'aria-rowindex': 1 }, ...this.#headers);
    this.element = h(
      'div',
      { class: 'table', role: 'table', 'aria-label': label },
      h('div', { role: 'rowgroup' }, head),
      this.#scroller,
    );
    head.style.gridTemplateColumns = this.#tracks;
    this.element.style.setProperty('--table-width', `${minWidth}px`);
    this.#scroller.addEventListener('scroll', () => this.#draw(), { passive: true });
  }

  /** Keys of the rows in view. */
  get visible(): string[] {
    const [first, last] = this.#range();
    return this.#sorted.slice(first, last).map(([key]) => key);
  }

  setRows(entries: readonly (readonly [string, R])[]): void {
    this.#entries = entries;
    this.#order();
    setAttribute(this.element, 'aria-rowcount', entries.length + 1);
    const height = Math.max(1, entries.length) * this.#options.rowHeight;
    this.#spacer.style.height = `${height}px`;
    this.#draw();
  }

  /** Shows again what is in view: something besides the rows has changed. */
  refresh(): void {
    for (const view of this.#views) view.row = null;
    this.#draw();
  }

  get #tracks(): string {
    return this.#options.columns.map(({ width }) => width).join(' ');
  }

  #header(column: Column<R>): HTMLElement {
    const classes = column.isNumber === true ? 'end' : '';
    if (column.sortBy === undefined) return h('div', { role: 'columnheader', class: classes }, column.title);
    const button = h('button', { type: 'button', onclick: () => this.#sortBy(column) }, column.title);
    return h('div', { role: 'columnheader', class: classes }, button);
  }

  #sortBy(column: Column<R>): void {
    const isSame = this.#sort?.column === column;
    // Figures are looked at from the highest on.
    const isDown = isSame ? this.#sort?.isDown !== true : column.isNumber === true;
    this.#sort = { column, isDown };
    for (const [index, header] of this.#headers.entries()) {
      const isSorted = this.#options.columns[index] === column;
      setAttribute(header, 'aria-sort', isSorted ? (isDown ? 'descending' : 'ascending') : null);
    }
    this.#order();
    this.#draw();
  }

  #order(): void {
    const { column, isDown } = this.#sort ?? {};
    const by = column?.sortBy;
    if (by === undefined) {
      this.#sorted = this.#entries;
      return;
    }
    const keyed = this.#entries.map((entry) => ({ entry, value: by(entry[1]) }));
    keyed.sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
    if (isDown === true) keyed.reverse();
    this.#sorted = keyed.map(({ entry }) => entry);
  }

  #range(): [number, number] {
    const { rowHeight } = this.#options;
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - margin);
    const last = Math.ceil((scrollTop + Math.max(clientHeight, rowHeight)) / rowHeight) + margin;
    return [first, Math.min(this.#sorted.length, last)];
  }

  #draw(): void {
    const [first, last] = this.#range();
    const { rowHeight, empty } = this.#options;
    for (let index = 0; index < last - first; index += 1) {
      const entry = this.#sorted[first + index];
      const view = (this.#views[index] ??= this.#addView());
      if (entry === undefined) continue;
      const [key, row] = entry;
      view.element.style.transform = `translateY(${(first + index) * rowHeight}px)`;
      view.element.hidden = false;
      setAttribute(view.element, 'aria-rowindex', first + index + 2);
      if (view.row === row) continue;
      view.row = row;
      for (const cell of view.cells) cell.update(row, key);
    }
    for (const view of this.#views.slice(Math.max(0, last - first))) {
      view.element.hidden = true;
      view.row = null;
    }
    this.#showEmpty(this.#sorted.length === 0 ? empty : '');
  }

  #showEmpty(text: string): void {
    const shown = this.#spacer.querySelector(':scope > .empty-row');
    if (text === '') shown?.remove();
    else if (shown === null) {
      const cell = h('div', { role: 'cell', class: 'empty-text' }, text);
      const row = h('div', { role: 'row', class: 'empty-row' }, cell);
      row.style.height = `${this.#options.rowHeight}px`;
      this.#spacer.append(row);
    }
  }

  #addView(): RowView<R> {
    const cells = this.#options.columns.map((column) => column.cell());
    const element = h('div', { role: 'row' }, ...cells.map((cell) => cell.element));
    element.style.height = `${this.#options.rowHeight}px`;
    element.style.gridTemplateColumns = this.#tracks;
    this.#spacer.append(element);
    return { element, cells, row: null };
  }
}

/** A cell of text. */
export function textCell<R>(read: (row: R, key: string) => string, classes = ''): () => CellView<R> {
  return () => {
    const element = h('div', { role: 'cell', class: classes });
    return { element, update: (row, key) => setText(element, read(row, key)) };
  };
}

/** A cell whose content is made anew when its row changes in a way that shows. */
export function nodeCell<R>(read: (row: R) => string, make: (row: R) => Node): () => CellView<R> {
  return () => {
    const element = h('div', { role: 'cell' });
    let shown: string | null = null;
    return {
      element,
      update(row) {
        const now = read(row);
        if (now === shown) return;
        shown = now;
        element.replaceChildren(make(row));
      },
    };
  };
}

/** A cell that opens more about its row. */
export function openCell<R>(read: (row: R) => string, open: (key: string) => void): () => CellView<R> {
  return () => {
    let current = '';
    const button = h('button', { type: 'button', class: 'open', onclick: () => open(current) });
    return {
      element: h('div', { role: 'cell' }, button),
      update(row, key) {
        current = key;
        setText(button, read(row));
      },
    };
  };
}
