import { invalidValue } from './errors.ts';

/** Bounds of a username, in Unicode code points after normalisation. */
export const USERNAME_LENGTH = { min: 3, max: 32 } as const;

/** A username as it is shown and the key under which it is unique. */
export interface Username {
  readonly display: string;
  readonly key: string;
}

/**
 * Characters nobody can see or type on purpose: controls, formats, surrogates, private use and unassigned code
 * points (`C`), everything Unicode tells renderers to ignore (zero-width characters, Hangul fillers, variation
 * selectors), line separators, and the blank Braille pattern. Two names that differ only by these look the same.
 */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;
const EDGE_OR_DOUBLE_SPACE = /^\s|\s$|\s\s/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
/** More than two combining marks on one base character are decoration that spills over other lines. */
const STACKED_MARKS = /\p{M}{3,}/u;

/**
 * The form of a text under which two names are the same: NFKC, then upper and lower case so that `ß`/`SS`,
 * final sigma and dotless i fall together, then NFKC again (case mapping can denormalise).
 */
export function foldName(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/**
 * Checks a username and gives its NFKC form and its unique key.
 *
 * @throws DomainError `invalid_value` naming the rule that is broken.
 */
export function parseUsername(input: string, field = 'username'): Username {
  if (!input.isWellFormed()) throw invalidValue(field, 'unicode', 'must be well-formed Unicode');
  const display = input.normalize('NFKC');
  const length = Array.from(display).length;
  if (length < USERNAME_LENGTH.min || length > USERNAME_LENGTH.max) {
    throw invalidValue(
      field,
      'length',
      `must have ${USERNAME_LENGTH.min} to ${USERNAME_LENGTH.max} characters after Unicode normalisation`,
    );
  }
  if (INVISIBLE.test(display))
    throw invalidValue(field, 'visible', 'must not contain control or invisible characters');
  if (EDGE_OR_DOUBLE_SPACE.test(display)) {
    throw invalidValue(field, 'spaces', 'must not begin or end with a space or contain two in a row');
  }
  if (STACKED_MARKS.test(display))
    throw invalidValue(field, 'marks', 'must not stack more than two combining marks');
  if (!LETTER_OR_DIGIT.test(display))
    throw invalidValue(field, 'letters', 'must contain a letter or a digit');
  return { display, key: foldName(display) };
}

/**
 * The key of a name somebody typed to log in or to search. Never throws: a name that could not be registered
 * is simply a name nobody has.
 */
export function usernameKey(input: string): string {
  return foldName(input.toWellFormed());
}
