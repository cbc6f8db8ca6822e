import type { ColumnKind } from '../entity/column.ts';

/** Element types of the arrays that PostgreSQL is given for many rows at once. */
export const arrayTypes: Readonly<Record<ColumnKind, string>> = {
  integer: 'bigint',
  bigint: 'bigint',
  timestamp: 'bigint',
  real: 'double precision',
  boolean: 'boolean',
  text: 'text',
  blob: 'bytea',
  json: 'jsonb',
};
