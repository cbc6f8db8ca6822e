import type { DriverRow } from '../entity/codec.ts';
import { ValidationError } from '../errors.ts';
import { isAbsentKey } from './row-writer.ts';
import type { EntityPlan } from './entity-plan.ts';

interface Upsert {
  readonly on?: readonly string[];
  readonly update?: readonly string[];
}

/** ` ON CONFLICT (…) DO UPDATE SET …`; the text names the shape as well. */
export function conflictClause(plan: EntityPlan, row: DriverRow, { on, update }: Upsert): string {
  const { entity } = plan;
  const target = on ?? [entity.key.property];
  requireUnique(plan, target, row);
  const changed = update ?? given(plan, row, target);
  const sets = changed.map((property) => {
    const column = entity.byProperty.get(property);
    if (column === undefined || column.spec.role !== 'plain') {
      throw new ValidationError('update', `${property} cannot be updated`);
    }
    return `${column.quoted} = excluded.${column.quoted}`;
  });
  const conflict = target.map((property) => entity.byProperty.get(property)?.quoted);
  // Something must be set for the existing row to be returned.
  if (sets.length === 0) sets.push(`${conflict[0]} = excluded.${conflict[0]}`);
  else if (entity.version !== undefined) sets.push(plan.versionStep());
  return ` ON CONFLICT (${conflict.join(', ')}) DO UPDATE SET ${sets.join(', ')}`;
}

function given(plan: EntityPlan, row: DriverRow, target: readonly string[]): string[] {
  return plan.changeable
    .map((column) => column.property)
    .filter((property) => row[property] !== undefined && !target.includes(property));
}

function requireUnique(plan: EntityPlan, target: readonly string[], row: DriverRow): void {
  const { entity } = plan;
  const [first] = target;
  const column = first === undefined ? undefined : entity.byProperty.get(first);
  const single = target.length === 1 && column !== undefined && (column.spec.unique || column === entity.key);
  const group = entity.unique.some(
    (properties) =>
      properties.length === target.length && properties.every((property) => target.includes(property)),
  );
  if (!single && !group) throw new ValidationError('on', 'the key or columns declared unique');
  if (column === entity.key && isAbsentKey(row[entity.key.property])) {
    throw new ValidationError('on', 'required: the key is made by the database');
  }
}
