import type { ColumnDelta, Delta, TableDelta, TableName } from '../src/live/tables.ts';
import type { Rows } from './rows.ts';

type Tables = { readonly [T in TableName]: ReadonlyMap<string, Rows[T]> };

/** All there are. */
export const tableNames: readonly TableName[] = [
  'cluster',
  'coordinators',
  'services',
  'balancers',
  'backends',
  'caches',
  'events',
];

/** The live state of everything, and who wants to know when it changes. */
export class Store {
  #tables = new Map<TableName, Map<string, object>>(tableNames.map((name) => [name, new Map()]));
  /** Keys of the rows of each group whose figures come as columns. */
  #groups = new Map<string, readonly string[]>();
  readonly #listeners = new Set<(changed: ReadonlySet<TableName>) => void>();

  /** A table by its keys. A row that has changed is another object. */
  table<T extends TableName>(name: T): Tables[T] {
    return (this.#tables.get(name) ?? new Map()) as Tables[T];
  }

  get cluster(): Rows['cluster'] | undefined {
    return this.table('cluster').get('self');
  }

  /** @param isWhole the delta is all there is */
  apply(delta: Delta, isWhole: boolean): void {
    const changed = new Set<TableName>();
    if (isWhole) this.#groups = new Map();
    for (const name of tableNames) {
      const change = delta[name];
      if (isWhole) this.#tables.set(name, new Map());
      if (change === undefined && !isWhole) continue;
      changed.add(name);
      this.#applyTable(name, change ?? {});
    }
    for (const listener of this.#listeners) listener(changed);
  }

  /** @returns what ends it. */
  watch(listener: (changed: ReadonlySet<TableName>) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #applyTable(name: TableName, { set = [], gone = [], columns = [] }: TableDelta): void {
    const table = this.#tables.get(name) ?? new Map<string, object>();
    for (const key of gone) table.delete(key);
    for (const [key, row] of set) table.set(key, { ...table.get(key), ...row });
    for (const change of columns) this.#applyColumns(table, change);
    this.#tables.set(name, table);
  }

  #applyColumns(table: Map<string, object>, { group, keys, columns }: ColumnDelta): void {
    if (keys !== undefined) this.#groups.set(group, keys);
    const fields = Object.entries(columns);
    for (const [index, key] of (this.#groups.get(group) ?? []).entries()) {
      const row: Record<string, unknown> = { ...table.get(key) };
      for (const [field, values] of fields) row[field] = values[index];
      table.set(key, row);
    }
  }
}
