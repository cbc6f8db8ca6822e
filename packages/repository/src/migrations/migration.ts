/** SQL text that is the same on both databases, or given for each. May hold several statements. */
export type DialectSql = string | { readonly sqlite: string; readonly postgres: string };

/** One numbered step. Once applied anywhere it must never change; write a new one instead. */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly number: number;
  /** What it does, in a few words of lower kebab-case, for example `create-players`. */
  readonly name: string;
  /** Statements in order. */
  readonly steps: readonly DialectSql[];
}

export interface MigrationStatus {
  readonly number: number;
  readonly name: string;
  /** ISO 8601 UTC, or null while pending. */
  readonly appliedAt: string | null;
}

export interface MigrationReport {
  readonly dryRun: boolean;
  /** Applied by this call (or, in a dry run, that would be), in order. */
  readonly applied: readonly { readonly number: number; readonly name: string; readonly sql: string }[];
}
