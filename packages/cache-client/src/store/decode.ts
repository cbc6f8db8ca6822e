import { CacheError } from '../errors.ts';
import type { Reply } from './operation.ts';

function unexpected(wanted: string, reply: Reply | undefined): CacheError {
  return new CacheError('protocol', `expected ${wanted} from the cache, got ${JSON.stringify(reply)}`);
}

/** @throws CacheError `protocol` when the reply is no integer. */
export function integer(reply: Reply | undefined): number {
  const value = typeof reply === 'string' && reply !== '' ? Number(reply) : reply;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw unexpected('an integer', reply);
  return value;
}

/** @throws CacheError `protocol` when the reply is no string. */
export function text(reply: Reply | undefined): string {
  if (typeof reply === 'number') return String(reply);
  if (typeof reply !== 'string') throw unexpected('a string', reply);
  return reply;
}

/** A string, or undefined where the engine said there is none. */
export function optionalText(reply: Reply | undefined): string | undefined {
  return reply === null || reply === undefined ? undefined : text(reply);
}

/** True for every number but 0. */
export function flag(reply: Reply | undefined): boolean {
  return integer(reply) !== 0;
}

/** @throws CacheError `protocol` when the reply is no list. */
export function list(reply: Reply | undefined): readonly Reply[] {
  if (!Array.isArray(reply)) throw unexpected('a list', reply);
  return reply as readonly Reply[];
}

/** For operations that answer nothing of interest. */
export function nothing(): void {
  return undefined;
}
