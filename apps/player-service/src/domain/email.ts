import { domainToASCII } from 'node:url';
import { invalidValue } from './errors.ts';

/** Longest address in characters (RFC 5321, 4.5.3.1: 256 octets of path less the angle brackets). */
export const EMAIL_MAX_LENGTH = 254;
const LOCAL_PART_MAX_LENGTH = 64;

/** An address as it was given (domain in ASCII) and the key under which it is unique. */
export interface Email {
  readonly address: string;
  readonly key: string;
}

/** RFC 5322 dot-atom, with the letters and digits of RFC 6531; no quoted strings, which no game's player types. */
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/u;

/**
 * Checks an e-mail address. Addresses are unique regardless of case: mail systems that tell `Bob@` from `bob@`
 * are far rarer than people who type their own address both ways.
 *
 * @throws DomainError `invalid_value`.
 */
export function parseEmail(input: string, field = 'email'): Email {
  const violation = invalidValue(field, 'email', 'must be an e-mail address such as name@example.com');
  if (!input.isWellFormed() || input.length > EMAIL_MAX_LENGTH) throw violation;
  const at = input.lastIndexOf('@');
  const localPart = input.slice(0, Math.max(at, 0)).normalize('NFC');
  if (localPart.length > LOCAL_PART_MAX_LENGTH || !LOCAL_PART.test(localPart)) throw violation;
  // domainToASCII drops tabs and stops at a slash, as browsers do with URLs: check what was typed first.
  const typedDomain = input.slice(at + 1);
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(typedDomain)) throw violation;
  const domain = domainToASCII(typedDomain);
  if (!DOMAIN.test(domain)) throw violation;
  const address = `${localPart}@${domain}`;
  if (address.length > EMAIL_MAX_LENGTH) throw violation;
  return { address, key: emailKey(address) };
}

/** The key of an address somebody typed to search; never throws. */
export function emailKey(input: string): string {
  return input.toWellFormed().normalize('NFC').toLowerCase();
}
