import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyInstance } from 'fastify';
import type { FieldViolation } from '../problem.ts';

/** More violations than this are cut off: a caller mends them in rounds anyway. */
const maxViolations = 20;

function createAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({
    coerceTypes,
    useDefaults: true,
    removeAdditional: false,
    allErrors: true,
    strict: false,
    // Without it Infinity, which is how 1e400 is read, passes as a number.
    strictNumbers: true,
  });
  addFormats.default(ajv);
  return ajv;
}

/**
 * Validates requests by their schemas. Bodies are taken as they are (the string "5" is no integer); query,
 * path and header values arrive as text and are converted. A schema is compiled for the first request that it is
 * held against, because all of them together would be much of a start.
 */
export function validateStrictly(server: FastifyInstance): void {
  const exact = createAjv(false);
  const coercing = createAjv(true);
  server.setValidatorCompiler(({ schema, httpPart }) => {
    let validate: ReturnType<typeof compileExact> | undefined;
    return (values: Readonly<Record<string, unknown>>) => {
      validate ??= httpPart === 'body' ? compileExact(exact, schema) : compileCoercing(coercing, schema);
      const found = validate(values);
      // Given them as a result, fastify copies the headers each time they are asked for.
      return httpPart === 'headers' && 'value' in found ? true : found;
    };
  });
}

function compileExact(ajv: Ajv, schema: object) {
  const validate = ajv.compile(schema);
  return (values: Readonly<Record<string, unknown>>) =>
    validate(values) ? { value: values } : { error: validate.errors ?? [] };
}

function compileCoercing(ajv: Ajv, schema: object) {
  const hasNumbers = /"(?:number|integer)"/.test(JSON.stringify(schema));
  return hasNumbers ? withFiniteNumbers(ajv.compile(schema)) : compileExact(ajv, schema);
}

/** The text `1e999` is converted to Infinity, which passes for a number and escapes `maximum`. */
function withFiniteNumbers(validate: ValidateFunction): ReturnType<typeof compileExact> {
  return (values) => {
    if (!validate(values)) return { error: validate.errors ?? [] };
    const infinite = Object.entries(values).find(([, value]) => Math.abs(value as number) === Infinity);
    if (infinite === undefined) return { value: values };
    const message = 'must be a finite number';
    return {
      error: [{ instancePath: `/${infinite[0]}`, schemaPath: '', keyword: 'type', params: {}, message }],
    };
  };
}

const fieldRoots: Readonly<Record<string, string>> = { querystring: 'query' };

/** Turns the validator's findings into violations that name the field the way the caller wrote it. */
export function toViolations(errors: readonly ErrorObject[], httpPart = 'body'): FieldViolation[] {
  const root = fieldRoots[httpPart] ?? httpPart;
  const specific = errors.filter((error) => !summaryKeywords.has(error.keyword));
  return (specific.length > 0 ? specific : errors).slice(0, maxViolations).map((error) => ({
    field: fieldOf(error, root),
    rule: error.keyword,
    message: messageOf(error),
  }));
}

/** Keywords that only say that one of several alternatives failed; the alternatives' own errors say more. */
const summaryKeywords = new Set(['anyOf', 'oneOf', 'if']);

function fieldOf(error: ErrorObject, root: string): string {
  const params = error.params as {
    missingProperty?: string;
    additionalProperty?: string;
    propertyName?: string;
  };
  const leaf = params.missingProperty ?? params.additionalProperty ?? params.propertyName;
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (leaf !== undefined) path.push(leaf);
  return [root, ...path.map((part) => (part.length > 100 ? `${part.slice(0, 100)}…` : part))].join('.');
}

function messageOf(error: ErrorObject): string {
  const params = error.params as { allowedValues?: unknown[]; allowedValue?: unknown };
  switch (error.keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return 'is not known here';
    case 'enum':
      return `must be one of ${(params.allowedValues ?? []).join(', ')}`;
    case 'const':
      return `must be ${String(params.allowedValue)}`;
    default:
      return error.message ?? 'is invalid';
  }
}
