/** What a column stores; see the functions of `columns.ts` for the JavaScript type of each. */
export type ColumnKind = 'integer' | 'bigint' | 'real' | 'boolean' | 'text' | 'blob' | 'json' | 'timestamp';

/** Whether a new row must give the column. */
export type Presence = 'required' | 'optional';

/** What part a column plays in its entity. */
export type Role = 'plain' | 'key' | 'version';

/** What happens to a row when the row it references is deleted. */
export type OnDelete = 'restrict' | 'cascade' | 'set-null';

export interface Reference {
  readonly table: string;
  readonly column: string;
  readonly onDelete: OnDelete;
}

/** Everything known about a column; plain data, read by validation, SQL generation and schema checks. */
export interface ColumnSpec {
  readonly kind: ColumnKind;
  /** Name in the database; the property in snake_case when undefined. */
  readonly name: string | undefined;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly role: Role;
  /** The database makes the value (key columns only); never reused, even after a delete. */
  readonly generated: boolean;
  readonly defaultValue: unknown;
  /** New rows get the database clock's time. */
  readonly defaultNow: boolean;
  /** Smallest and largest value of numbers and timestamps. */
  readonly min: number | bigint | undefined;
  readonly max: number | bigint | undefined;
  /** Bounds of text in Unicode code points, of blob and JSON in bytes. */
  readonly minLength: number;
  readonly maxLength: number;
  readonly pattern: RegExp | undefined;
  readonly oneOf: readonly string[] | undefined;
  readonly reference: Reference | undefined;
}

/** A declared column. Immutable: each method gives a new column. */
export class Column<Value, P extends Presence, R extends Role> {
  readonly spec: ColumnSpec;
  /** Type only; never set. */
  declare readonly types: { readonly value: Value; readonly presence: P; readonly role: R };

  constructor(spec: ColumnSpec) {
    this.spec = spec;
  }

  /** Allows null; a new row without the column gets null. */
  nullable(): Column<Value | null, 'optional', R> {
    return new Column({ ...this.spec, nullable: true });
  }

  /** Value of the column in a new row that does not give it. */
  default(value: Value): Column<Value, 'optional', R> {
    return new Column({ ...this.spec, defaultValue: value });
  }

  /** No two rows share the value (nulls excepted). */
  unique(): Column<Value, P, R> {
    return new Column({ ...this.spec, unique: true });
  }

  /** Makes the column the key of the entity; every entity has exactly one. */
  primaryKey(): Column<Value, P, 'key'> {
    return new Column({ ...this.spec, role: 'key' });
  }

  /** Name of the column in the database, when it is not the property in snake_case. */
  named(name: string): Column<Value, P, R> {
    return new Column({ ...this.spec, name });
  }

  /** Foreign key to `table.column`, both as named in the database. Default on delete: `restrict`. */
  references(table: string, column: string, onDelete: OnDelete = 'restrict'): Column<Value, P, R> {
    return new Column({ ...this.spec, reference: { table, column, onDelete } });
  }
}

/** A 64-bit column may be made by the database or count versions. */
export class IntegerColumn<Value, P extends Presence, R extends Role> extends Column<Value, P, R> {
  /** With `primaryKey()`: the database makes the key, rising from 1, never given to a second row. */
  generated(): Column<Value, 'optional', 'key'> {
    return new Column({ ...this.spec, role: 'key', generated: true });
  }

  override primaryKey(): IntegerColumn<Value, P, 'key'> {
    return new IntegerColumn({ ...this.spec, role: 'key' });
  }

  /** Counts the changes of the row: 1 when inserted, one more with each update; checked by `save`. */
  version(): Column<Value, 'optional', 'version'> {
    return new Column({ ...this.spec, role: 'version', min: 1 });
  }
}

/** A point in time can default to now. */
export class TimestampColumn<Value, P extends Presence, R extends Role> extends Column<Value, P, R> {
  /** New rows get the time of the database's injected clock. */
  defaultNow(): Column<Value, 'optional', R> {
    return new Column({ ...this.spec, defaultNow: true });
  }
}

/** Any column, whatever its types. */
export type AnyColumn = Column<unknown, Presence, Role>;
