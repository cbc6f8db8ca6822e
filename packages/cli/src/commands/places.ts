import type { OptionSpecs } from '../arguments/option.ts';

/** Which listener of an lb-proxy is meant. */
export const listenerOption = {
  listener: {
    kind: 'text',
    placeholder: 'NAME',
    summary: 'listener of the lb-proxy (default: the first one)',
  },
} as const satisfies OptionSpecs;

/** Which pool of which listener is meant. */
export const placeOptions = {
  ...listenerOption,
  pool: { kind: 'text', placeholder: 'NAME', summary: 'pool of the listener (default: the default one)' },
} as const satisfies OptionSpecs;

/** A query of the values that are there, with its question mark; empty without any. */
export function queryOf(values: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== undefined) query.set(name, String(value));
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
