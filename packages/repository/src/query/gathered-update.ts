import type { EntityColumn } from '../entity/entity.ts';
import { arrayTypes } from './array-types.ts';
import type { EntityPlan } from './entity-plan.ts';
import type { SetTerm } from './row-writer.ts';

/**
 * One UPDATE for any number of rows, from one array for each value; to be followed by RETURNING. It passes by the rows
 * that somebody else has locked, so it never waits for a lock while it holds others: it neither deadlocks nor makes
 * one slow transaction hold up the changes of other rows. PostgreSQL only.
 */
export function gatheredUpdate(plan: EntityPlan, terms: readonly SetTerm[], versioned: boolean): string {
  const { table, entity } = plan;
  const { key, version } = entity;
  const expected = versioned && version !== undefined ? [version] : [];
  const given = [...terms.map(({ column }) => column), key, ...expected];
  // Names with a space cannot be those of columns.
  const arrays = given.map((column, index) => `$${index + 1}::${arrayTypes[column.spec.kind]}[]`);
  const names = given.map((_, index) => `"given ${index}"`);
  const value = (index: number): string => `"given"."given ${index}"`;
  const sets = terms.map(({ column, adds }, index) => setTerm(table, column, adds, value(index)));
  const step = plan.versionStep();
  const keyIndex = terms.length;
  const conditions = [
    `"free"."free key" = ${value(keyIndex)}`,
    `${table}.${key.quoted} = ${value(keyIndex)}`,
    ...expected.map((column) => `${table}.${column.quoted} = ${value(keyIndex + 1)}`),
  ];
  return (
    `WITH "free" AS (SELECT ${key.quoted} AS "free key" FROM ${table}` +
    ` WHERE ${key.quoted} = ANY(${arrays[keyIndex]}) FOR NO KEY UPDATE SKIP LOCKED)` +
    ` UPDATE ${table} SET ${[...sets, ...(step === '' ? [] : [step])].join(', ')}` +
    ` FROM unnest(${arrays.join(', ')}) AS "given"(${names.join(', ')}), "free"` +
    ` WHERE ${conditions.join(' AND ')}`
  );
}

function setTerm(table: string, { quoted }: EntityColumn, adds: boolean, value: string): string {
  return adds ? `${quoted} = ${table}.${quoted} + ${value}` : `${quoted} = ${value}`;
}
