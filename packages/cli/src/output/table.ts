import { displayWidth, plain } from './text.ts';

/** A column: its heading, and whether it holds figures, which are aligned at their ends. */
export interface Column {
  readonly heading: string;
  readonly isNumber?: boolean;
}

/** A cell: text of a service, made harmless here, or what `painted` marks as our own. */
export type Cell = string | number | null | { readonly painted: string };

/** Keeps the colours of a cell. Only for text of our own. */
export function painted(text: string): Cell {
  return { painted: text };
}

const gap = '  ';

/** Lines of a table without rules; the first one has the headings. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => row.map(textOf));
  const headings = columns.map(({ heading }) => heading);
  const widths = columns.map((_, index) =>
    Math.max(...[headings, ...texts].map((row) => displayWidth(row[index] ?? ''))),
  );
  return [headings, ...texts].map((row) =>
    row
      .map((text, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - displayWidth(text));
        return columns[index]?.isNumber === true ? padding + text : text + padding;
      })
      .join(gap)
      .trimEnd(),
  );
}

/** A table as text, or a sentence when it has no rows. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  whenEmpty: string,
): string {
  return rows.length === 0 ? whenEmpty : tableLines(columns, rows).join('\n');
}

function textOf(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'number') return String(cell);
  return typeof cell === 'string' ? plain(cell) : cell.painted;
}
