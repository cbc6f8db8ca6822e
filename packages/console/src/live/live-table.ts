import { ColumnGroups } from './column-groups.ts';
import type { Cell, Row, TableDelta } from './tables.ts';

type ChangingRow = Record<string, Cell>;

/**
 * Rows by their key, and what has changed of them since that was last told. They are changed in place: with thousands of
 * rows each second, making them anew and comparing them all costs more than everything else.
 */
export class LiveTable {
  /** Fields of rows that change all the time, besides those that are merged. */
  readonly columns = new ColumnGroups();
  readonly #rows = new Map<string, ChangingRow>();
  /** By key the fields that have changed; of a row that is new, the row itself. */
  #changes = new Map<string, ChangingRow>();
  #gone = new Set<string>();

  get(key: string): Row | undefined {
    return this.#rows.get(key);
  }

  /** Takes over these fields of a row; those that are not given stay. */
  merge(key: string, fields: Row): void {
    const row = this.#rows.get(key);
    if (row === undefined) {
      const added = { ...fields };
      this.#rows.set(key, added);
      this.#changes.set(key, added);
      return;
    }
    let change = this.#changes.get(key);
    for (const field in fields) {
      const value = fields[field];
      if (value === undefined || isSame(row[field], value)) continue;
      row[field] = value;
      if (change === undefined) this.#changes.set(key, (change = {}));
      change[field] = value;
    }
  }

  /** Makes these all the rows there are. */
  replace(rows: Iterable<readonly [string, Row]>): void {
    const kept = new Set<string>();
    for (const [key, row] of rows) {
      kept.add(key);
      this.merge(key, row);
    }
    this.keepOnly(kept);
  }

  /** Takes away all other rows; all of these are there. */
  keepOnly(keys: ReadonlySet<string>): void {
    if (keys.size === this.#rows.size) return;
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.delete(key);
  }

  delete(key: string): void {
    if (!this.#rows.delete(key)) return;
    this.#changes.delete(key);
    this.#gone.add(key);
  }

  /** What has changed since this was last asked; null when nothing has. A row may have gone and come back. */
  takeChanges(): TableDelta | null {
    const [changes, gone] = [this.#changes, this.#gone];
    const columns = this.columns.takeChanges();
    if (changes.size + gone.size + columns.length === 0) return null;
    this.#changes = new Map();
    this.#gone = new Set();
    return {
      ...(changes.size === 0 ? {} : { set: [...changes] }),
      ...(gone.size === 0 ? {} : { gone: [...gone] }),
      ...(columns.length === 0 ? {} : { columns }),
    };
  }

  /** All rows as they are, for a new reader. */
  snapshot(): TableDelta {
    const columns = this.columns.snapshot();
    return { set: [...this.#rows], ...(columns.length === 0 ? {} : { columns }) };
  }
}

function isSame(a: Cell | undefined, b: Cell): boolean {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
