import { ValidationError } from '../errors.ts';
import type { ColumnSpec } from './column.ts';

/** Longest JSON string escape that PostgreSQL refuses: NUL or half of a surrogate pair. */
const UNSTORABLE_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/**
 * Refuses a value that breaks the rules of its column; null and undefined must have been dealt with.
 * JSON is checked by `jsonText`, because its rules are those of the serialised text.
 */
export function requireValue(property: string, spec: ColumnSpec, value: unknown): void {
  const rule = brokenRule(spec, value);
  if (rule !== undefined) throw new ValidationError(property, rule);
}

/** Serialises a JSON column, refusing what it may not hold. */
export function jsonText(property: string, spec: ColumnSpec, value: unknown): string {
  const text = serialise(property, value);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes < spec.minLength) throw new ValidationError(property, `at least ${spec.minLength} bytes`);
  if (sizeBytes > spec.maxLength) throw new ValidationError(property, `at most ${spec.maxLength} bytes`);
  if (text.includes('\\u') && UNSTORABLE_ESCAPE.test(text)) {
    throw new ValidationError(property, 'well-formed text without NUL');
  }
  return text;
}

function serialise(property: string, value: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (typeof text === 'string') return text;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  }
  throw new ValidationError(property, 'a JSON value');
}

function brokenRule(spec: ColumnSpec, value: unknown): string | undefined {
  switch (spec.kind) {
    case 'integer':
      return Number.isSafeInteger(value) ? outOfBounds(spec, Number(value)) : 'an integer within ±(2^53-1)';
    case 'timestamp':
      return Number.isSafeInteger(value) ? outOfBounds(spec, Number(value)) : 'milliseconds, an integer';
    case 'real':
      return Number.isFinite(value) ? outOfBounds(spec, Number(value)) : 'a finite number';
    case 'bigint':
      if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return 'a 64-bit bigint';
      return outOfBounds(spec, value);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'text':
      return typeof value === 'string' ? brokenTextRule(spec, value) : 'text';
    case 'blob':
      return value instanceof Uint8Array ? badLength(spec, value.byteLength, 'bytes') : 'bytes';
    default: // json; see jsonText
      return undefined;
  }
}

function outOfBounds(spec: ColumnSpec, value: number | bigint): string | undefined {
  if (spec.min !== undefined && value < spec.min) return `at least ${spec.min}`;
  if (spec.max !== undefined && value > spec.max) return `at most ${spec.max}`;
  return undefined;
}

function badLength(spec: ColumnSpec, length: number, unit: string): string | undefined {
  if (length < spec.minLength) return `at least ${spec.minLength} ${unit}`;
  if (length > spec.maxLength) return `at most ${spec.maxLength} ${unit}`;
  return undefined;
}

function brokenTextRule(spec: ColumnSpec, value: string): string | undefined {
  if (!value.isWellFormed() || value.includes('\0')) return 'well-formed text without NUL';
  const length = badLength(spec, value.length, 'characters');
  // UTF-16 units are never fewer than code points, so only a failing bound needs the exact count.
  const exact = length === undefined && spec.minLength === 0 ? undefined : codePointRule(spec, value);
  if (exact !== undefined) return exact;
  if (spec.oneOf !== undefined && !spec.oneOf.includes(value)) return `one of ${spec.oneOf.join(', ')}`;
  if (spec.pattern !== undefined && !spec.pattern.test(value)) return `must match ${String(spec.pattern)}`;
  return undefined;
}

function codePointRule(spec: ColumnSpec, value: string): string | undefined {
  if (value.length > spec.maxLength * 2) return `at most ${spec.maxLength} characters`;
  let length = 0;
  for (const _ of value) length += 1;
  return badLength(spec, length, 'characters');
}
