import type { ColumnDelta, Columns } from './tables.ts';

interface Group {
  readonly keys: readonly string[];
  readonly columns: Columns;
}

/**
 * Figures that change all the time, of rows that belong together: a column is told as a whole when any of its values is
 * another. With hundreds of rows of which most change, that costs a tenth of finding out which.
 */
export class ColumnGroups {
  readonly #groups = new Map<string, Group>();
  #changes = new Map<string, ColumnDelta>();

  /** @param keys of the rows; another array when they have changed */
  set(group: string, keys: readonly string[], columns: Columns): void {
    const before = this.#groups.get(group);
    const isSameRows = before?.keys === keys;
    const changed = Object.entries(columns).filter(
      ([name, values]) => !isSameRows || !isSame(before.columns[name], values),
    );
    this.#groups.set(group, { keys, columns });
    if (changed.length === 0) return;
    const told = this.#changes.get(group);
    this.#changes.set(group, {
      group,
      ...(isSameRows ? told : { keys }),
      columns: { ...told?.columns, ...Object.fromEntries(changed) },
    });
  }

  delete(group: string): void {
    this.#groups.delete(group);
    this.#changes.delete(group);
  }

  /** What has changed since this was last asked. */
  takeChanges(): ColumnDelta[] {
    const changes = [...this.#changes.values()];
    this.#changes = new Map();
    return changes;
  }

  /** Everything, for a new reader. */
  snapshot(): ColumnDelta[] {
    return [...this.#groups].map(([group, { keys, columns }]) => ({ group, keys, columns }));
  }
}

function isSame(a: readonly unknown[] | undefined, b: readonly unknown[]): boolean {
  return a !== undefined && a.length === b.length && a.every((value, index) => value === b[index]);
}
