import type { DialectName } from '../database.ts';
import { rowDecoder, type DriverRow } from '../entity/codec.ts';
import type { Entity, EntityColumn } from '../entity/entity.ts';
import { arrayTypes } from './array-types.ts';
import {
  compileQuery,
  withPlaceholders,
  type CompiledQuery,
  type KeyChange,
  type KeyQueries,
} from './executor.ts';
import { gatheredUpdate } from './gathered-update.ts';

/** Shapes beyond this many are built on each call and not kept prepared; reached only by generated conditions. */
const MAX_SHAPES = 500;

/** Everything built once for an entity on a dialect: statements by shape, column lists, the row decoder. */
export class EntityPlan {
  readonly entity: Entity;
  readonly dialect: DialectName;
  /** `"id", "created_at" AS "createdAt"`: rows come keyed by property. */
  readonly selection: string;
  readonly table: string;
  readonly decode: (row: DriverRow) => DriverRow;
  /** Columns an INSERT gives: all but a generated key. */
  readonly inserted: readonly EntityColumn[];
  /** Columns an update may change: all but key and version. */
  readonly changeable: readonly EntityColumn[];
  readonly byKey: KeyQueries;
  readonly insertRow: CompiledQuery;
  /** For `Executor.insertEach`. */
  readonly insertEach: CompiledQuery;
  /** Sets every changeable column; with version check when the entity has one. */
  readonly updateRow: KeyChange;
  readonly #wide: boolean;
  readonly #shapes = new Map<string, CompiledQuery>();
  readonly #changes = new Map<string, KeyChange>();

  constructor(entity: Entity, dialect: DialectName) {
    const { columns, key } = entity;
    this.entity = entity;
    this.dialect = dialect;
    this.table = `"${entity.table}"`;
    this.selection = columns
      .map(({ quoted, name, property }) => (name === property ? quoted : `${quoted} AS "${property}"`))
      .join(', ');
    this.decode = rowDecoder(columns);
    this.inserted = columns.filter((column) => !column.spec.generated);
    this.changeable = columns.filter((column) => column.spec.role === 'plain');
    this.#wide = columns.some((column) => column.spec.kind === 'bigint');
    const one = this.read('byKey', () => `${this.select()} WHERE ${key.quoted} = ?`);
    const array = `?::${arrayTypes[key.spec.kind]}[]`;
    const many = this.read('byKeys', () => `${this.select()} WHERE ${key.quoted} = ANY(${array})`);
    this.byKey = { one, many, property: key.property };
    this.insertRow = this.write('insertRow', () => this.insertSql() + this.returningKey());
    this.insertEach =
      dialect === 'sqlite' ? this.insertRow : this.write('insertEach', () => this.#unnestSql());
    const versioned = entity.version !== undefined;
    const terms = this.changeable.map((column) => ({ column, adds: false }));
    this.updateRow = this.change('updateRow', this.changeable.length, {
      one: () => this.updateSql(this.changeable, versioned),
      many: () =>
        `${gatheredUpdate(this, terms, versioned)} RETURNING ${this.table}.${key.quoted} AS "${key.property}"`,
    });
  }

  /** The read of this shape, built on first use. */
  read(shape: string, build: () => string): CompiledQuery {
    return this.#compiled(shape, build, false);
  }

  /** The write of this shape, built on first use. */
  write(shape: string, build: () => string): CompiledQuery {
    return this.#compiled(shape, build, true);
  }

  /** The change by key of this shape, built on first use. */
  change(
    shape: string,
    keyIndex: number,
    build: { readonly one: () => string; readonly many: () => string },
  ): KeyChange {
    const known = this.#changes.get(shape);
    if (known !== undefined) return known;
    const one = this.write(shape, build.one);
    const many = this.dialect === 'sqlite' ? one : this.write(`many: ${shape}`, build.many);
    const change = { one, many, reread: this.byKey.one, keyIndex, property: this.entity.key.property };
    if (this.#changes.size < MAX_SHAPES) this.#changes.set(shape, change);
    return change;
  }

  #compiled(shape: string, build: () => string, writes: boolean): CompiledQuery {
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const keep = this.#shapes.size < MAX_SHAPES;
    const query = compileQuery(withPlaceholders(this.dialect, build()), {
      writes,
      wide: this.#wide,
      entity: this.entity,
      keep,
    });
    if (keep) this.#shapes.set(shape, query);
    return query;
  }

  select(): string {
    return `SELECT ${this.selection} FROM ${this.table}`;
  }

  insertSql(): string {
    const names = this.inserted.map((column) => column.quoted).join(', ');
    const marks = this.inserted.map(() => '?').join(', ');
    return `INSERT INTO ${this.table} (${names}) VALUES (${marks})`;
  }

  /**
   * One statement for any number of rows, one array for each column. PostgreSQL makes defaults in the order of
   * an ordered SELECT, so the keys made rise in the order of the rows.
   */
  #unnestSql(): string {
    const names = this.inserted.map((column) => column.quoted).join(', ');
    const arrays = this.inserted.map((column) => `?::${arrayTypes[column.spec.kind]}[]`).join(', ');
    return (
      `INSERT INTO ${this.table} (${names}) SELECT ${names} FROM unnest(${arrays})` +
      ` WITH ORDINALITY AS "given"(${names}, "given row") ORDER BY "given row"${this.returningKey()}`
    );
  }

  /** SQLite reports the made key by itself. */
  returningKey(): string {
    const { key } = this.entity;
    return this.dialect === 'postgres' && key.spec.generated ? ` RETURNING ${key.quoted} AS "key"` : '';
  }

  returningRow(): string {
    return ` RETURNING ${this.selection}`;
  }

  /** What `KeyChange.one` ends with. */
  returningChanged(): string {
    return this.dialect === 'postgres' ? this.returningRow() : '';
  }

  /** `, "version" = "version" + 1`, or nothing. */
  versionStep(): string {
    const { version } = this.entity;
    return version === undefined ? '' : `${version.quoted} = ${this.table}.${version.quoted} + 1`;
  }

  updateSql(columns: readonly EntityColumn[], checkVersion: boolean): string {
    const { key, version } = this.entity;
    const sets = [...columns.map((column) => `${column.quoted} = ?`), this.versionStep()];
    const check = checkVersion && version !== undefined ? ` AND ${version.quoted} = ?` : '';
    const list = sets.filter((set) => set !== '').join(', ');
    return `UPDATE ${this.table} SET ${list} WHERE ${key.quoted} = ?${check}`;
  }
}

const plans = { sqlite: new WeakMap<Entity, EntityPlan>(), postgres: new WeakMap<Entity, EntityPlan>() };

/** The plan of an entity, built on first use in the process. */
export function planOf(entity: Entity, dialect: DialectName): EntityPlan {
  let plan = plans[dialect].get(entity);
  if (plan === undefined) {
    plan = new EntityPlan(entity, dialect);
    plans[dialect].set(entity, plan);
  }
  return plan;
}
