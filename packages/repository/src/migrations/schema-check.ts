import type { Entity, EntityColumn } from '../entity/entity.ts';
import { MigrationRefused } from '../errors.ts';

/** A column as the database describes it, in the dialect's own type names. */
export interface RealColumn {
  readonly name: string;
  /** As `columnTypes` of the dialect. */
  readonly type: string;
  readonly nullable: boolean;
}

/** Real columns by table; a table that does not exist is missing. */
export interface RealTables {
  readonly columns: ReadonlyMap<string, readonly RealColumn[]>;
  /** Type that a declared column should have. */
  typeOf(column: EntityColumn): string;
}

/** Throws MigrationRefused naming every difference between declared entities and real tables. */
export function requireSchema(entities: readonly Entity[], real: RealTables): void {
  const differences = entities.flatMap((entity) => differencesOf(entity, real));
  if (differences.length === 0) return;
  throw new MigrationRefused(`the tables differ from the entities: ${differences.join('; ')}`);
}

/** Columns the entity does not know are fine unless an insert would fail without them, which it then reports. */
function differencesOf(entity: Entity, real: RealTables): string[] {
  const columns = real.columns.get(entity.table);
  if (columns === undefined) return [`table ${entity.table} is missing`];
  const byName = new Map(columns.map((column) => [column.name, column]));
  return entity.columns.flatMap((declared) => {
    const found = byName.get(declared.name);
    const where = `${entity.table}.${declared.name}`;
    if (found === undefined) return [`${where} is missing`];
    const type = real.typeOf(declared);
    if (found.type !== type) return [`${where} is ${found.type}, not ${type}`];
    const nullable = declared.spec.nullable && declared.spec.role !== 'key';
    return found.nullable === nullable ? [] : [`${where} is ${found.nullable ? '' : 'not '}nullable`];
  });
}
