import type { AnyColumn, Column, ColumnSpec, Presence, Role } from './column.ts';
import { quote, requireIdentifier, requireProperty, snakeCase } from './names.ts';

/** Columns of an entity by property name. */
export type Columns = Readonly<Record<string, AnyColumn>>;

/** A column of a declared entity with its names settled. */
export interface EntityColumn {
  readonly property: string;
  /** Name in the database, unquoted. */
  readonly name: string;
  /** Name in the database, quoted. */
  readonly quoted: string;
  readonly spec: ColumnSpec;
  /** The same column without its bounds, for values to compare with. */
  readonly operand: Omit<EntityColumn, 'operand'>;
}

/** A declared entity: one table, its columns, its key. Made by `defineEntity`. */
export interface Entity<C extends Columns = Columns> {
  readonly table: string;
  /** Type only; never set. */
  readonly types?: C;
  readonly columns: readonly EntityColumn[];
  readonly byProperty: ReadonlyMap<string, EntityColumn>;
  readonly key: EntityColumn;
  readonly version: EntityColumn | undefined;
  /** Groups of properties that are unique together. */
  readonly unique: readonly (readonly string[])[];
  /** Groups of properties with an index. */
  readonly indexes: readonly (readonly string[])[];
}

type ColumnsOf<E> = E extends Entity<infer C> ? C : never;
type ValueOf<Col> = Col extends Column<infer V, Presence, Role> ? V : never;
type WithPresence<C extends Columns, P extends Presence> = {
  [K in keyof C]: C[K] extends Column<unknown, P, Role> ? K : never;
}[keyof C];
type WithRole<C extends Columns, R extends Role> = {
  [K in keyof C]: C[K] extends Column<unknown, Presence, R> ? K : never;
}[keyof C];

/** A stored row. */
export type Row<E extends Entity> = { -readonly [K in keyof ColumnsOf<E>]: ValueOf<ColumnsOf<E>[K]> };

/** A row to insert or save: key, version, nullable columns and columns with defaults may be left out. */
export type NewRow<E extends Entity> = {
  [K in WithPresence<ColumnsOf<E>, 'required'>]: ValueOf<ColumnsOf<E>[K]>;
} & { [K in WithPresence<ColumnsOf<E>, 'optional'>]?: ValueOf<ColumnsOf<E>[K]> | undefined };

/** Type of the key. */
export type KeyOf<E extends Entity> = ValueOf<ColumnsOf<E>[WithRole<ColumnsOf<E>, 'key'>]>;

/** Property names. */
export type PropertyOf<E extends Entity> = keyof ColumnsOf<E> & string;

/** Properties that a change may set: all but key and version. */
export type ChangeableOf<E extends Entity> = Exclude<
  PropertyOf<E>,
  WithRole<ColumnsOf<E>, 'key'> | WithRole<ColumnsOf<E>, 'version'>
>;

/** Properties that pages may be ordered by: those that can be compared. */
export type OrderableOf<E extends Entity> = {
  [K in PropertyOf<E>]: NonNullable<Row<E>[K]> extends number | string | bigint ? K : never;
}[PropertyOf<E>];

export interface EntityDeclaration<C extends Columns> {
  /** Name of the table: lower snake_case. */
  readonly table: string;
  readonly columns: C;
  /** Groups of properties that are unique together, for example `[['playerId', 'currency']]`. */
  readonly unique?: readonly (readonly (keyof C & string)[])[];
  /** Groups of properties to index, for example `[['level', 'id']]`. */
  readonly indexes?: readonly (readonly (keyof C & string)[])[];
}

const RESERVED = new Set(['and', 'or', 'not']);

const unbounded = {
  min: undefined,
  max: undefined,
  minLength: 0,
  maxLength: 1_048_576,
  pattern: undefined,
  oneOf: undefined,
};

function settle(property: string, column: AnyColumn, table: string): EntityColumn {
  const what = `entity ${table}, column`;
  requireProperty(property, what);
  if (RESERVED.has(property))
    throw new TypeError(`${what} ${property}: and, or, not are taken by conditions`);
  const name = column.spec.name ?? snakeCase(property);
  requireIdentifier(name, what);
  const settled = { property, name, quoted: quote(name), spec: column.spec };
  return { ...settled, operand: { ...settled, spec: { ...column.spec, ...unbounded } } };
}

function only(columns: readonly EntityColumn[], role: Role, table: string): EntityColumn | undefined {
  const found = columns.filter((column) => column.spec.role === role);
  if (found.length > 1) throw new TypeError(`entity ${table}: more than one ${role} column`);
  return found[0];
}

/**
 * Declares an entity: one place that gives the row types, validation, SQL for both databases and the check of
 * the real table. Throws TypeError when the declaration makes no sense.
 */
export function defineEntity<const C extends Columns>(declaration: EntityDeclaration<C>): Entity<C> {
  const { table, unique = [], indexes = [] } = declaration;
  requireIdentifier(table, 'table');
  const columns = Object.entries(declaration.columns).map(([property, column]) =>
    settle(property, column, table),
  );
  const key = only(columns, 'key', table);
  if (key === undefined) throw new TypeError(`entity ${table}: no column is the primaryKey()`);
  if (key.spec.nullable) throw new TypeError(`entity ${table}: the key cannot be nullable`);
  if (columns.every((column) => column.spec.generated)) {
    throw new TypeError(`entity ${table}: a column besides the generated key is needed`);
  }
  const byProperty = new Map(columns.map((column) => [column.property, column]));
  for (const property of [...unique, ...indexes].flat()) {
    if (!byProperty.has(property)) throw new TypeError(`entity ${table}: no column ${property}`);
  }
  return { table, columns, byProperty, key, version: only(columns, 'version', table), unique, indexes };
}
