import type { Entity } from './entity.ts';

/** Database column names as properties, where the entity of the table is known. */
export function propertiesOf(names: readonly string[], table: string, entity: Entity | undefined): string[] {
  if (entity?.table !== table) return [...names];
  return names.map((name) => entity.columns.find((column) => column.name === name)?.property ?? name);
}
