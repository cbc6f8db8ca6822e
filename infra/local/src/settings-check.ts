/**
 * A program of its own: reads `{ env, configModule }[]` as JSON from its arguments, checks each environment against
 * the schema that the module exports, and tells what is wrong on standard output. It runs apart from the supervisor
 * because loading the schemas takes more memory than the supervisor itself.
 */
import { ConfigError, loadConfig } from '@hanok/service-kit';
import type { ServiceSettings } from './settings.ts';

type Schema = Parameters<typeof loadConfig>[0];

const violations = new Set<string>();
for (const { env, configModule } of JSON.parse(process.argv[2] ?? '[]') as ServiceSettings[]) {
  const exported: unknown = await import(configModule);
  for (const schema of Object.values(exported as Record<string, unknown>).filter(isSchema)) {
    for (const violation of violationsOf(schema, env)) violations.add(violation);
  }
}
process.stdout.write([...violations].join('; '));

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && 'properties' in value;
}

function violationsOf(schema: Schema, env: ServiceSettings['env']): readonly string[] {
  try {
    loadConfig(schema, { ...process.env, ...env });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.violations;
    throw error;
  }
}
