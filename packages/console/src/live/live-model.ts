import { diffTable, tableNames, type Delta, type Table, type TableName, type Tables } from './tables.ts';

const none: Table = new Map();

/** The state of everything as it is shown, and what has changed of it since the last publication. */
export class LiveModel {
  readonly #current: Record<TableName, Table>;
  readonly #published: Record<TableName, Table>;

  constructor() {
    const empty = Object.fromEntries(tableNames.map((name) => [name, none])) as Record<TableName, Table>;
    this.#current = { ...empty };
    this.#published = { ...empty };
  }

  replace(name: TableName, rows: Table): void {
    this.#current[name] = rows;
  }

  table(name: TableName): Table {
    return this.#current[name];
  }

  /** What readers of the last publication must be told; null when that is nothing. */
  publish(): Delta | null {
    const delta: Delta = {};
    for (const name of tableNames) {
      const change = diffTable(this.#published[name], this.#current[name]);
      this.#published[name] = this.#current[name];
      if (change !== null) delta[name] = change;
    }
    return Object.keys(delta).length === 0 ? null : delta;
  }

  /** The last publication as a whole, for a new reader. */
  snapshot(): Delta {
    const tables: Tables = this.#published;
    return Object.fromEntries(tableNames.map((name) => [name, { set: Object.fromEntries(tables[name]) }]));
  }
}
