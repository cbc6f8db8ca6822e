import { CacheError } from '../errors.ts';

/** Longest key, in characters, without the store's prefix. */
const maxKeyLength = 512;

/** Most bytes one operation may carry in its arguments: 1 MiB. */
const maxArgumentBytes = 1_048_576;

/**
 * The bounds every engine shares, checked before anything is sent.
 *
 * @throws CacheError `invalid` for an empty key, `too_large` for long keys and arguments.
 */
export function checkOperands(keys: readonly string[], args: readonly (string | number)[]): string[] {
  for (const key of keys) {
    if (key.length === 0)
      throw new CacheError('invalid', 'a key must not be empty', { field: 'key', rule: 'minLength' });
    if (key.length > maxKeyLength) {
      throw new CacheError('too_large', `a key has at most ${maxKeyLength} characters`, {
        field: 'key',
        rule: 'maxLength',
      });
    }
  }
  if (!keys.every((key) => key.isWellFormed())) throw illFormed('key');
  let sizeBytes = 0;
  const texts: string[] = [];
  for (const argument of args) {
    const value = String(argument);
    if (!value.isWellFormed()) throw illFormed('value');
    // A UTF-16 unit is at most three bytes of UTF-8: only what may be too large is measured.
    sizeBytes += value.length * 3 > maxArgumentBytes ? Buffer.byteLength(value) : value.length;
    texts.push(value);
  }
  if (sizeBytes > maxArgumentBytes) {
    throw new CacheError('too_large', `a value has at most ${maxArgumentBytes} bytes`, {
      field: 'value',
      rule: 'maxLength',
    });
  }
  return texts;
}

/** Half a surrogate pair has no UTF-8; Redis would store something else in its place. */
function illFormed(field: string): CacheError {
  return new CacheError('invalid', `a ${field} must be well-formed Unicode`, { field, rule: 'encoding' });
}
