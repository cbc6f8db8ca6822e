import { isCacheAway } from '@hanok/cache-client';
import { DomainError } from '../domain/errors.ts';

/**
 * Calls the cache for what only the cache knows.
 *
 * @throws DomainError `sessions_unavailable` when it does not answer.
 */
export async function withSessionStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isCacheAway(error)) throw error;
    throw new DomainError('sessions_unavailable', 'The cache that keeps sessions does not answer', {
      cause: error,
    });
  }
}
