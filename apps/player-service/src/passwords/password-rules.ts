import { invalidValue } from '../domain/errors.ts';

/** Bounds of a password in Unicode code points (NIST SP 800-63B: at least 8, long phrases allowed). */
export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/**
 * The form of a password that is hashed: NFKC, so that the same phrase typed on another keyboard matches
 * (NIST SP 800-63B, 5.1.1.2).
 */
export function normalizePassword(input: string): string {
  return input.toWellFormed().normalize('NFKC');
}

/**
 * Checks a new password.
 *
 * @throws DomainError `invalid_value`; the message never repeats the password.
 */
export function parseNewPassword(input: string, field = 'password'): string {
  if (!input.isWellFormed()) throw invalidValue(field, 'unicode', 'must be well-formed Unicode');
  const password = normalizePassword(input);
  const length = Array.from(password).length;
  if (length < PASSWORD_LENGTH.min || length > PASSWORD_LENGTH.max) {
    throw invalidValue(
      field,
      'length',
      `must have ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters`,
    );
  }
  if (/\p{Cc}/u.test(password)) throw invalidValue(field, 'visible', 'must not contain control characters');
  return password;
}
