import { ConfigError, Problem, problems } from '@hanok/service-kit';
import { ListenError } from '../data-plane/listen-error.ts';
import { ListenerNotFoundError } from '../listeners/listener-set.ts';
import { NoConfigFileError } from '../listeners/reloader.ts';
import { BackendError, type BackendErrorCode } from '../pool/backend.ts';

const conflictTitles: Readonly<Record<Exclude<BackendErrorCode, 'backend_not_found'>, string>> = {
  backend_exists: 'There is a backend with this id',
  backend_address_taken: 'There is a backend with this address',
  backend_pool_full: 'The pool has no room for another backend',
};

/** Turns the errors of this app into problem documents. */
export function mapError(error: unknown): Problem | undefined {
  if (error instanceof BackendError) return ofBackend(error);
  if (error instanceof ListenerNotFoundError) {
    const errors = [{ field: 'query.listener', rule: error.code, message: error.message }];
    return problems.notFound({ detail: error.message, errors, cause: error });
  }
  if (error instanceof ConfigError) {
    const errors = error.violations.map((message) => ({ field: 'CONFIG_FILE', rule: 'config', message }));
    return new Problem(422, 'config_invalid', 'The file is not valid', { errors, cause: error });
  }
  if (error instanceof ListenError) {
    const detail = `cannot listen on ${error.address}:${error.port}: ${error.code}`;
    return new Problem(409, 'address_unusable', 'A listener cannot be opened', { detail, cause: error });
  }
  if (error instanceof NoConfigFileError) {
    return new Problem(409, error.code, 'There is nothing to reload', {
      detail: error.message,
      cause: error,
    });
  }
  return undefined;
}

function ofBackend(error: BackendError): Problem {
  const { code, field, message } = error;
  if (code === 'backend_not_found') return problems.notFound({ detail: message, cause: error });
  const errors = [{ field, rule: code, message }];
  return new Problem(409, code, conflictTitles[code], { detail: message, errors, cause: error });
}
