import { ConfigError } from '@hanok/service-kit';
import type { ServerNameRule } from './server-names.ts';

/**
 * Reads SERVER_NAMES: `name=pool` or `*.name=pool` each.
 * @throws ConfigError naming every name that is there twice
 */
export function parseServerNames(items: readonly string[]): ServerNameRule[] {
  const rules = items.map((item): ServerNameRule => {
    const [name = '', pool = ''] = item.split('=', 2);
    return { name: name.toLowerCase(), pool };
  });
  const names = rules.map(({ name }) => name);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) {
    throw new ConfigError(repeated.map((name) => `SERVER_NAMES: ${name} is there twice`));
  }
  return rules;
}
