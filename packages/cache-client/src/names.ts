import { CacheError } from './errors.ts';

/** Names of boards, channels and counters: letters, digits and `_ . : -`, beginning with a letter or digit. */
export const namePattern = '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$';

/** Ids of players: letters, digits, `_` and `-`, at most 64. */
export const playerIdPattern = '^[A-Za-z0-9_-]{1,64}$';

const nameRule = new RegExp(namePattern);
const playerIdRule = new RegExp(playerIdPattern);

/**
 * Refuses anything that could reach into another key: names become parts of keys and of patterns.
 *
 * @throws CacheError `invalid` naming `field` and the rule `pattern`.
 */
export function checkName(field: string, name: string): string {
  if (!nameRule.test(name)) {
    throw new CacheError(
      'invalid',
      `${field} must be 1 to 64 letters, digits, "_", ".", ":" or "-", beginning with a letter or digit`,
      { field, rule: 'pattern' },
    );
  }
  return name;
}

/** @throws CacheError `invalid` naming `playerId` (or `field`) and the rule `pattern`. */
export function checkPlayerId(playerId: string, field = 'playerId'): string {
  if (!playerIdRule.test(playerId)) {
    throw new CacheError('invalid', `${field} must be 1 to 64 letters, digits, "_" or "-"`, {
      field,
      rule: 'pattern',
    });
  }
  return playerId;
}

/** @throws CacheError `invalid` when `value` is not an integer in [minimum, maximum]. */
export function checkInteger(
  field: string,
  value: number,
  minimum = Number.MIN_SAFE_INTEGER,
  maximum = Number.MAX_SAFE_INTEGER,
): number {
  if (!Number.isSafeInteger(value)) {
    throw new CacheError('invalid', `${field} must be an integer within ±(2^53 - 1)`, {
      field,
      rule: 'type',
    });
  }
  if (value < minimum || value > maximum) {
    throw new CacheError('invalid', `${field} must be from ${minimum} to ${maximum}`, {
      field,
      rule: value < minimum ? 'minimum' : 'maximum',
    });
  }
  return value;
}

/**
 * Counts characters as people do (Unicode code points, which is also how JSON Schema counts).
 *
 * @throws CacheError `invalid` when `text` is shorter or longer.
 */
export function checkLength(field: string, text: string, minimum: number, maximum: number): string {
  const length = text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
  if (length < minimum || length > maximum) {
    throw new CacheError('invalid', `${field} must have ${minimum} to ${maximum} characters`, {
      field,
      rule: length < minimum ? 'minLength' : 'maxLength',
    });
  }
  return text;
}

/** The key of a player's cached entry, `player:{id}` in the chapter's notation. */
export const playerKey = (playerId: string): string => `player:${playerId}`;

/**
 * Keys of one board, channel or counter share the braces' content, so that they live on one shard and in one
 * Redis Cluster slot (hash tags) and one script may touch them all.
 */
export const taggedKey = (family: string, name: string, part?: string): string =>
  part === undefined ? `${family}:{${name}}` : `${family}:{${name}}:${part}`;
