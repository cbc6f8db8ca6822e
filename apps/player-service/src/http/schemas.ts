import { Type } from 'typebox';
import { MAX_LEVEL, MAX_SAFE_AMOUNT } from '../domain/limits.ts';

/** Text people write: no control characters (PostgreSQL cannot store NUL), no broken Unicode. */
export const PLAIN_TEXT = '^[^\\p{Cc}\\p{Cs}]*$';

/** A player's id: a 64-bit integer, as text because JavaScript numbers end at 2^53. */
export const playerIdSchema = Type.String({
  pattern: '^[1-9][0-9]{0,18}$',
  description: 'Id of a player: a positive 64-bit integer as text',
  examples: ['1'],
});

export const playerIdParams = Type.Object({ id: playerIdSchema }, { additionalProperties: false });

/** Why gold moved or a reward was given; clients branch on it, so it is a name and not a sentence. */
export const reasonSchema = Type.String({
  pattern: '^[A-Z][A-Z0-9_]{0,63}$',
  description: 'Machine-readable reason: upper-case letters, digits and underscores, at most 64',
  examples: ['GOLD_BONUS'],
});

/** What a change belongs to in the game's own books, such as an order or a match. */
export const referenceSchema = Type.String({
  pattern: '^[\\x21-\\x7e]{1,128}$',
  description: 'Id of what this belongs to in your own books: 1 to 128 visible ASCII characters',
  examples: ['match-4711'],
});

export const descriptionSchema = Type.String({
  pattern: PLAIN_TEXT,
  minLength: 1,
  maxLength: 500,
  description: 'A sentence for people',
  examples: ['Weekend bonus'],
});

export const timestampSchema = Type.String({
  format: 'date-time',
  description: 'ISO 8601, UTC',
  examples: ['2026-01-31T12:00:00.000Z'],
});

export const levelSchema = Type.Integer({ minimum: 1, maximum: MAX_LEVEL, examples: [5] });
export const experienceSchema = Type.Integer({ minimum: 0, maximum: MAX_SAFE_AMOUNT, examples: [1200] });
export const balanceSchema = Type.Integer({ minimum: 0, maximum: MAX_SAFE_AMOUNT, examples: [100] });

/** Paging of every list: `limit` items, from the `nextCursor` of the page before. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, default: 50, description: 'Items on a page', examples: [50] }),
  ),
  cursor: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{1,512}$',
      description: '`nextCursor` of the page before; opaque',
    }),
  ),
};

export const nextCursorSchema = Type.Union([Type.String(), Type.Null()], {
  description: 'Pass it as `cursor` for the next page; null on the last',
});

const idempotencyKeySchema = (minLength: number, more = '') =>
  Type.Optional(
    Type.String({
      pattern: `^[\\x21-\\x7e]{${minLength},128}$`,
      description: `Makes a retry safe: the same key with the same body gets the first answer again (with \`idempotency-replayed: true\`), with another body 409.${more}`,
      examples: ['4d3c8f0e-6d3e-4a55-9b0e-0c6ab2f1c9d7'],
    }),
  );

/** Headers of every unsafe route. */
export const unsafeHeaders = Type.Object({ 'idempotency-key': idempotencyKeySchema(1) });

/** Headers of the routes that show a secret: whoever guesses the key can have it again, so it is long. */
export const secretHeaders = Type.Object({
  'idempotency-key': idempotencyKeySchema(
    16,
    ' The answer shows a secret and is kept encrypted under the key: take 16 characters or more that nobody can guess.',
  ),
});
