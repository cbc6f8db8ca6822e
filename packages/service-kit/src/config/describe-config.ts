import type { TObject } from 'typebox';
import { envName } from './env-name.ts';
import { describeRule } from './load-config.ts';
import { isSecret } from './secret.ts';

/** One setting as documentation shows it. */
export interface SettingDescription {
  readonly name: string;
  readonly description: string;
  readonly rule: string;
  readonly required: boolean;
  readonly secret: boolean;
  readonly default: string | undefined;
}

/** All settings of a schema in their order of declaration. */
export function describeConfig(schema: TObject): SettingDescription[] {
  const required = new Set(schema.required);
  return Object.entries(schema.properties).map(([key, property]) => {
    const fallback: unknown = 'default' in property ? property.default : undefined;
    return {
      name: envName(key),
      description: 'description' in property ? String(property.description) : '',
      rule: describeRule(property),
      required: required.has(key) && fallback === undefined,
      secret: isSecret(property),
      default: fallback === undefined ? undefined : envText(fallback),
    };
  });
}

/** A default the way it would be written in the environment. */
function envText(value: unknown): string {
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A copy of `config` that may be logged: every secret that is set reads `[redacted]`. */
export function redactConfig(
  schema: TObject,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => {
      const property = schema.properties[key];
      return [
        key,
        property !== undefined && isSecret(property) && value !== undefined ? '[redacted]' : value,
      ];
    }),
  );
}

/**
 * What is wrong with a service's `.env.example`: a setting it leaves out, a name the schema does not know,
 * or a default it states wrongly. Lines are `NAME=value` or, for settings without a default, `# NAME=example`.
 */
export function envExampleProblems(schema: TObject, text: string): string[] {
  const found = new Map<string, { value: string; commented: boolean }>();
  for (const line of text.split('\n')) {
    const match = /^(# ?)?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    if (match) found.set(match[2] ?? '', { value: match[3] ?? '', commented: match[1] !== undefined });
  }
  const wrong: string[] = [];
  for (const setting of describeConfig(schema)) {
    const line = found.get(setting.name);
    found.delete(setting.name);
    if (line === undefined) wrong.push(`${setting.name} is missing`);
    else if (!line.commented && setting.default !== undefined && line.value !== setting.default)
      wrong.push(`${setting.name} is shown as "${line.value}" but defaults to "${setting.default}"`);
  }
  for (const name of found.keys()) wrong.push(`${name} is not a setting`);
  return wrong;
}
