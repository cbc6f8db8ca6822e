/** What a cell of a row may hold. */
export type Cell = string | number | boolean | null | readonly string[];

/** A row by its fields. */
export type Row = Readonly<Record<string, Cell>>;

/** Rows by their key. */
export type Table = ReadonlyMap<string, Row>;

/** The tables that readers follow. */
export const tableNames = [
  'cluster',
  'coordinators',
  'services',
  'balancers',
  'backends',
  'caches',
  'events',
] as const;
export type TableName = (typeof tableNames)[number];

export type Tables = Readonly<Record<TableName, Table>>;

/** What has changed of one table: of a known row only the fields that have. */
export interface TableDelta {
  readonly set?: Readonly<Record<string, Row>>;
  readonly gone?: readonly string[];
}

export type Delta = Partial<Record<TableName, TableDelta>>;

/** What turns one state of a table into another; null when nothing does. */
export function diffTable(before: Table, after: Table): TableDelta | null {
  const set: Record<string, Row> = {};
  for (const [key, row] of after) {
    const change = diffRow(before.get(key), row);
    if (change !== null) set[key] = change;
  }
  const gone: string[] = [];
  for (const key of before.keys()) if (!after.has(key)) gone.push(key);
  const isChanged = Object.keys(set).length > 0;
  if (!isChanged && gone.length === 0) return null;
  return { ...(isChanged ? { set } : {}), ...(gone.length === 0 ? {} : { gone }) };
}

function diffRow(before: Row | undefined, after: Row): Row | null {
  if (before === undefined) return after;
  if (before === after) return null;
  let change: Record<string, Cell> | null = null;
  // A list of the entries would be made for each of thousands of rows, each second.
  for (const field in after) {
    const value = after[field];
    if (value === undefined || isSame(before[field], value)) continue;
    change ??= {};
    change[field] = value;
  }
  return change;
}

function isSame(a: Cell | undefined, b: Cell): boolean {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
