import type { DialectName } from '../database.ts';
import type { DriverRow, DriverValue } from '../entity/codec.ts';
import type { Entity } from '../entity/entity.ts';

/**
 * A statement built once: its text in the dialect's own placeholders. Its identity is the key under which each
 * connection keeps it prepared, so there must be a bounded number of them in a process.
 */
export interface CompiledQuery {
  readonly text: string;
  /** Name of the prepared statement on PostgreSQL; undefined: not kept prepared. */
  readonly name: string | undefined;
  readonly writes: boolean;
  /** Some column needs all 64 bits: integers are read as bigints on SQLite. */
  readonly wide: boolean;
  /** To name properties in errors. */
  readonly entity: Entity | undefined;
}

/** The statements that read rows by key. */
export interface KeyQueries {
  /** Takes one key. */
  readonly one: CompiledQuery;
  /** Takes an array of keys; PostgreSQL only. */
  readonly many: CompiledQuery;
  /** Property of the rows that holds the key. */
  readonly property: string;
}

/** The statements that change rows by key. Their values: what is set, the key, the version if one is expected. */
export interface KeyChange {
  /** Gives what it changed on PostgreSQL; on SQLite `reread` does. */
  readonly one: CompiledQuery;
  /** Takes the key. SQLite's RETURNING opens a table in memory for each run: reading the row again is quicker. */
  readonly reread: CompiledQuery;
  /**
   * Takes an array for each value of `one`, changes the rows that nobody else has locked, and gives at least the keys
   * of those it changed; PostgreSQL only.
   */
  readonly many: CompiledQuery;
  /** Which of the values is the key. */
  readonly keyIndex: number;
  /** Property of the rows that holds the key. */
  readonly property: string;
}

/** What repositories need of a database or of an open transaction. */
export interface Executor {
  readonly dialect: DialectName;
  /** Wall clock, for `defaultNow()`. */
  now(): number;
  /** First row or undefined. */
  get<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T | undefined>;
  /** The row with this key, or undefined. */
  getByKey<T>(queries: KeyQueries, key: DriverValue, decode: (row: DriverRow) => T): Promise<T | undefined>;
  all<T>(query: CompiledQuery, values: DriverValue[], decode: (row: DriverRow) => T): Promise<T[]>;
  /** Runs a change of one row that returns it; undefined when there is no such row (of that version). */
  changeByKey<T>(
    change: KeyChange,
    values: DriverValue[],
    decode: (row: DriverRow) => T,
  ): Promise<T | undefined>;
  /** Runs a change of one row that returns nothing; whether there was one. */
  runByKey(change: KeyChange, values: DriverValue[]): Promise<boolean>;
  /** Number of rows changed. */
  run(query: CompiledQuery, values: DriverValue[]): Promise<number>;
  /** Runs an INSERT and gives the key the database made (a statement that ends in RETURNING on PostgreSQL). */
  insert(query: CompiledQuery, values: DriverValue[]): Promise<unknown>;
  /** Inserts each row with `EntityPlan.insertEach`, all or none, and gives the keys made, in order. */
  insertEach(query: CompiledQuery, rows: DriverValue[][]): Promise<unknown[]>;
  /** Lets others have the event loop between the pages of a long read; absent where statements do, or nobody may. */
  pause?(): Promise<void>;
}

let named = 0;

/** Makes a compiled query of a text in the dialect's own placeholders; not `keep`: never kept prepared. */
export function compileQuery(
  text: string,
  traits: {
    readonly writes: boolean;
    readonly wide: boolean;
    readonly entity?: Entity;
    readonly keep?: boolean;
  },
): CompiledQuery {
  const { writes, wide, entity, keep = true } = traits;
  let name: string | undefined;
  if (keep) {
    named += 1;
    name = `hanok_${named}`;
  }
  return { text, name, writes, wide, entity };
}

/** Turns every `?` into the dialect's placeholder; for generated text, which has no other `?`. */
export function withPlaceholders(dialect: DialectName, text: string): string {
  if (dialect === 'sqlite') return text;
  let position = 0;
  return text.replaceAll('?', () => {
    position += 1;
    return `$${position}`;
  });
}
