import { LiveTable } from './live-table.ts';
import { tableNames, type Delta, type TableDelta, type TableName } from './tables.ts';

/** The state of everything as it is shown, and what has changed of it since the last publication. */
export class LiveModel {
  readonly #tables = Object.fromEntries(tableNames.map((name) => [name, new LiveTable()])) as Record<
    TableName,
    LiveTable
  >;

  table(name: TableName): LiveTable {
    return this.#tables[name];
  }

  /** What readers of the last publication must be told; null when that is nothing. */
  publish(): Delta | null {
    const changes = tableNames.flatMap((name): [TableName, TableDelta][] => {
      const change = this.#tables[name].takeChanges();
      return change === null ? [] : [[name, change]];
    });
    return changes.length === 0 ? null : Object.fromEntries(changes);
  }

  /** Everything, for a new reader. The next publication may tell some of it again. */
  snapshot(): Delta {
    return Object.fromEntries(tableNames.map((name) => [name, this.#tables[name].snapshot()]));
  }
}
