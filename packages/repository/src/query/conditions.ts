import type { Entity, OrderableOf, PropertyOf, Row } from '../entity/entity.ts';
import { ValidationError } from '../errors.ts';

/** Conditions on one column; several in one object must all hold. */
export interface Comparison<V> {
  readonly eq?: V;
  /** Not equal; null counts as a value, so `ne: 5` holds for null. */
  readonly ne?: V;
  readonly lt?: NonNullable<V>;
  readonly lte?: NonNullable<V>;
  readonly gt?: NonNullable<V>;
  readonly gte?: NonNullable<V>;
  /** One of at most 1,000 values; an empty list matches nothing. */
  readonly in?: readonly NonNullable<V>[];
  readonly isNull?: boolean;
  /** Text columns: begins with these characters (by code point, case counts); can use an index. */
  readonly startsWith?: NonNullable<V> extends string ? string : never;
}

/**
 * A typed condition. Properties of one object must all hold; a bare value means equality, null means "is null".
 * Two-valued logic on both databases: a comparison with null is false and its `not` is true.
 * An explicit undefined is refused, so that a missing value can never widen a condition.
 */
export type Where<E extends Entity> = {
  readonly [K in PropertyOf<E>]?: Row<E>[K] | Comparison<Row<E>[K]>;
} & {
  readonly and?: readonly Where<E>[];
  readonly or?: readonly Where<E>[];
  readonly not?: Where<E>;
};

/** Matches every row; `updateWhere` and `deleteWhere` refuse an empty condition but accept this one. */
export const everyRow = Object.freeze({ and: Object.freeze([]) });

export type Direction = 'asc' | 'desc';

/**
 * Order of a page, most significant first; the key is always added as the last tie-breaker. A column that can be null
 * needs a condition of its own, at the top of `where`, that leaves nulls out (`isNull: false`, `startsWith`): databases
 * order nulls differently. In one direction, with an index of these columns, a page costs the same wherever it begins; on
 * SQLite that index is declared without an integer key, which is at the end of every index there.
 */
export type Order<E extends Entity> = readonly (readonly [OrderableOf<E>, Direction])[];

export interface FindQuery<E extends Entity> {
  /** Default: every row. */
  readonly where?: Where<E>;
  /** Default: by key, ascending. */
  readonly order?: Order<E>;
  /** Rows of one page, 1 to 1,000. Default 100. */
  readonly limit?: number;
  /** `nextCursor` of the page before, with the same order. */
  readonly cursor?: string | null | undefined;
}

export interface Page<T> {
  readonly items: T[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** Adds to a number column in the database: `updateWhere({ level: { gte: 5 } }, { gold: increment(100) })`. */
export class Increment<N extends number | bigint> {
  readonly by: N;

  constructor(by: N) {
    this.by = by;
  }
}

/** `column = column + by`; negative to subtract. Throws ValidationError unless `by` is an exact integer or finite. */
export function increment<N extends number | bigint>(by: N): Increment<N> {
  if (typeof by === 'number' && !Number.isFinite(by))
    throw new ValidationError('increment', 'a finite number');
  return new Increment(by);
}
