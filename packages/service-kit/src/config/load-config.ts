import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import type { Static, TObject, TSchema } from 'typebox';
import { envName } from './env-name.ts';
import { isSecret } from './secret.ts';

/** Everything wrong with a configuration, all at once; `message` is one sentence fit for a terminal. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly violations: readonly string[];

  constructor(violations: readonly string[]) {
    super(`invalid configuration: ${violations.join('; ')}`);
    this.violations = violations;
  }
}

/** The part of `process.env` that settings are read from. */
export type Environment = Readonly<Record<string, string | undefined>>;

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);

/**
 * Reads a service's configuration from the environment by its schema.
 *
 * A key is read from its upper-snake name; an empty value counts as absent; `NAME_FILE` names a file that
 * holds the value (for secrets). Integers, numbers, booleans (`true`, `false`, `1`, `0`) and comma-separated
 * lists are parsed strictly, then checked against the schema; absent keys take their schema default.
 *
 * @throws ConfigError naming every violation together, never the value of a secret.
 */
export function loadConfig<S extends TObject>(schema: S, env: Environment): Static<S> {
  const violations: string[] = [];
  const config: Record<string, unknown> = {};
  const required = new Set(schema.required);
  for (const [key, property] of Object.entries(schema.properties)) {
    const name = envName(key);
    try {
      const text = readText(name, env);
      if (text === undefined) {
        if (property !== undefined && 'default' in property) config[key] = property.default;
        else if (required.has(key)) violations.push(`${name} is required (${describeRule(property)})`);
        continue;
      }
      const value = parseText(text, property);
      const problem = value === undefined ? describeRule(property) : firstViolation(property, value);
      if (problem !== undefined) violations.push(`${name} must be ${problem}${quote(text, property)}`);
      config[key] = value;
    } catch (error) {
      violations.push(`${name}: ${(error as Error).message}`);
    }
  }
  if (violations.length > 0) throw new ConfigError(violations);
  return config as Static<S>;
}

function readText(name: string, env: Environment): string | undefined {
  const direct = env[name];
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return direct === '' ? undefined : direct;
  if (direct !== undefined && direct !== '') throw new Error(`set either ${name} or ${name}_FILE, not both`);
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new Error(`cannot read ${name}_FILE (${file}): ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    });
  }
}

/** The value that `text` stands for, or undefined when it has not the schema's type. */
function parseText(text: string, schema: TSchema): unknown {
  const type = 'type' in schema ? schema.type : undefined;
  switch (type) {
    case 'integer':
      return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case 'boolean':
      return { true: true, '1': true, false: false, '0': false }[text.toLowerCase()];
    case 'array':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    default:
      return text;
  }
}

function firstViolation(schema: TSchema, value: unknown): string | undefined {
  const validate = ajv.compile(schema);
  if (validate(value)) return undefined;
  const [error] = validate.errors ?? [];
  return error === undefined ? describeRule(schema) : sayRule(error, schema);
}

function sayRule(error: ErrorObject, schema: TSchema): string {
  const item = error.instancePath === '' ? '' : `a list whose item ${error.instancePath.slice(1)} is `;
  if (error.keyword === 'pattern' && 'description' in schema)
    return `${item}in the form: ${String(schema.description)}`;
  return item + describeRule(item === '' ? schema : (schema as TSchema & { items: TSchema }).items);
}

interface RuleKeywords {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly RuleKeywords[];
  readonly description?: string;
}

/** What a value must be, in words: `an integer from 1 to 65535`, `one of json, pretty`. */
export function describeRule(schema: TSchema): string {
  const rule = schema as RuleKeywords;
  const choices = rule.enum ?? rule.anyOf?.map((option) => option.const);
  if (choices !== undefined) return `one of ${choices.join(', ')}`;
  switch (rule.type) {
    case 'integer':
      return `an integer${range(rule.minimum, rule.maximum)}`;
    case 'number':
      return `a number${range(rule.minimum, rule.maximum)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a comma-separated list${range(rule.minItems, rule.maxItems, 'items')}`;
    default:
      if (rule.pattern !== undefined && rule.description !== undefined)
        return `in the form: ${rule.description}`;
      return `text${range(rule.minLength, rule.maxLength, 'characters')}`;
  }
}

function range(low: number | undefined, high: number | undefined, unit = ''): string {
  const suffix = unit === '' ? '' : ` ${unit}`;
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}${suffix}`;
  if (low !== undefined) return ` of at least ${low}${suffix}`;
  if (high !== undefined) return ` of at most ${high}${suffix}`;
  return '';
}

function quote(text: string, schema: TSchema): string {
  return isSecret(schema) ? '' : ` (got "${text.length > 80 ? `${text.slice(0, 80)}…` : text}")`;
}
