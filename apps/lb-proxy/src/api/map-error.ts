import { Problem, problems } from '@hanok/service-kit';
import { BackendError, type BackendErrorCode } from '../pool/backend.ts';

const statuses: Readonly<Record<BackendErrorCode, { status: number; title: string }>> = {
  backend_not_found: { status: 404, title: 'There is no such backend' },
  backend_exists: { status: 409, title: 'There is a backend with this id' },
  backend_address_taken: { status: 409, title: 'There is a backend with this address' },
  backend_pool_full: { status: 409, title: 'The pool has no room for another backend' },
};

/** Turns the pool's errors into problem documents. */
export function mapError(error: unknown): Problem | undefined {
  if (!(error instanceof BackendError)) return undefined;
  const { code, field, message } = error;
  if (code === 'backend_not_found') return problems.notFound({ detail: message, cause: error });
  const { status, title } = statuses[code];
  const errors = [{ field, rule: code, message }];
  return new Problem(status, code, title, { detail: message, errors, cause: error });
}
