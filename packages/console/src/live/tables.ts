/** What a cell of a row may hold. */
export type Cell = string | number | boolean | null | readonly string[];

/** A row by its fields. */
export type Row = Readonly<Record<string, Cell>>;

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

/** Values of many rows by field, each column in the order of the rows. */
export type Columns = Readonly<Record<string, readonly (number | null)[]>>;

/** Values that have changed of a group of rows: whole columns. */
export interface ColumnDelta {
  readonly group: string;
  /** Of the group's rows; absent: as told before. */
  readonly keys?: readonly string[];
  readonly columns: Columns;
}

/**
 * What has changed of one table: of a known row only the fields that have. What has gone is taken away before rows are
 * set, and columns come last. Pairs and not an object by key, which takes twice as long to make, to write and to read.
 */
export interface TableDelta {
  readonly set?: readonly (readonly [string, Row])[];
  readonly gone?: readonly string[];
  readonly columns?: readonly ColumnDelta[];
}

export type Delta = Partial<Record<TableName, TableDelta>>;
