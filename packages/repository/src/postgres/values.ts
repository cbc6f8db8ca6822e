import { types, type CustomTypesConfig } from 'pg';
import type { DriverRow } from '../entity/codec.ts';

const INT8 = 20;
const NUMERIC = 1700;
const JSON_TEXT = 114;
const JSONB = 3802;

type Parser = (text: string) => unknown;

/** Exact: a number when it is a safe integer, else a bigint. */
function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

/** `sum` of integers is NUMERIC: whole values become integers, others stay text because doubles are not exact. */
function parseNumeric(text: string): number | bigint | string {
  return /^-?\d+$/.test(text) ? parseInt8(text) : text;
}

const parsers: ReadonlyMap<number, Parser> = new Map<number, Parser>([
  [INT8, parseInt8],
  [NUMERIC, parseNumeric],
  [JSON_TEXT, String],
  [JSONB, String],
]);

/** How results are read: 64-bit integers exactly, JSON as text (as SQLite gives it), the rest as usual. */
export const resultTypes: CustomTypesConfig = {
  getTypeParser: (oid: Parameters<typeof types.getTypeParser>[0], format?: 'text' | 'binary') => {
    const parser: unknown = parsers.get(oid) ?? types.getTypeParser(oid, format);
    return parser as ReturnType<typeof types.getTypeParser>;
  },
};

/** A result as this package uses it. */
export interface PostgresResult {
  readonly rows: DriverRow[];
  readonly rowCount: number | null;
  readonly command: string;
}
