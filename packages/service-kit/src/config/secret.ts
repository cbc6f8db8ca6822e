import { Type, type TSchema, type TStringOptions } from 'typebox';

/** A setting that must never be printed: `redactConfig` hides it, and `NAME_FILE` may point to it. */
export function secret(options: TStringOptions & { description: string }) {
  return Type.String({ ...options, secret: true });
}

export function isSecret(schema: TSchema): boolean {
  return 'secret' in schema && schema.secret === true;
}
