// Generated from the API document by `npm run generate`; do not edit.

/** The value; 0 for a counter nobody incremented */
export interface GetCountersByName {
  readonly path: {
    /** Name of the counter */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly name: string;
    readonly value: number;
  };
}

/** Add to a counter */
export interface PostCountersByName {
  readonly path: {
    /** Name of the counter */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: {
    readonly by?: number;
  };
  readonly answer: {
    readonly name: string;
    readonly value: number;
  };
}

/** Set a counter back to 0 */
export interface DeleteCountersByName {
  readonly path: {
    /** Name of the counter */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}

/** What was counted in each of the last minutes, hours or days (UTC) */
export interface GetCountersByNameWindows {
  readonly path: {
    /** Name of the counter */
    readonly name: string;
  };
  readonly query: {
    readonly unit?: 'minute' | 'hour' | 'day';
    /** How many, the current one included: up to 60 minutes, 48 hours or 31 days */
    readonly last?: number;
  };
  readonly body: undefined;
  readonly answer: {
    readonly name: string;
    readonly unit: string;
    /** Oldest first */
    readonly items: readonly {
      readonly start: string;
      readonly value: number;
    }[];
    readonly nextCursor: null;
  };
}
