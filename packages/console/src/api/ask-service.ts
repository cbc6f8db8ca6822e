import { HttpError, Problem, problems, UnreachableError, type HttpCall } from '@hanok/service-kit';
import type { ServiceEntry } from '../cluster-source.ts';
import type { ConsoleContext } from './context.ts';

/** Which instance of a service; `any`: one that is ready. */
export interface ServiceRef {
  readonly service: string;
  readonly id: string;
}

/** Reads may take long: an audit of the whole ledger does. */
const timeoutMs = 20_000;
/** Instances tried before giving up. */
const maxTries = 3;

/**
 * Asks a service by JSON and answers with its answer.
 *
 * @throws Problem: the service's own refusal, 404 when there is no such instance, 503 when none can be reached
 */
export async function askService<T>(
  { source, clients }: ConsoleContext,
  ref: ServiceRef,
  call: HttpCall,
): Promise<T> {
  const candidates = instancesOf(source.services(), ref);
  if (candidates.length === 0) {
    throw problems.notFound({ detail: `No ${ref.service} ${ref.id === 'any' ? 'is registered' : ref.id}` });
  }
  let failure: unknown;
  for (const candidate of candidates.slice(0, call.method === 'GET' ? maxTries : 1)) {
    try {
      return (await clients.of(candidate).call<T>({ timeoutMs, ...call })).body;
    } catch (error) {
      if (error instanceof HttpError) throw problemOf(error);
      if (!(error instanceof UnreachableError)) throw error;
      failure = error;
    }
  }
  throw problems.unavailable({
    detail: `${ref.service} does not answer`,
    cause: failure,
    retryAfterSeconds: 1,
  });
}

function instancesOf(services: readonly ServiceEntry[], { service, id }: ServiceRef): ServiceEntry[] {
  const known = services.filter((each) => each.service === service && each.state !== 'dead');
  if (id !== 'any') return known.filter((each) => each.id === id);
  return known.toSorted((a, b) => Number(b.state === 'ready') - Number(a.state === 'ready'));
}

function problemOf({ status, code, message, problem, retryAfterSeconds }: HttpError): Problem {
  // Its 401 is about the token that coordinators show to services, not about who sits at the console.
  const shown = status === 401 || status === 403 ? 502 : status;
  return new Problem(shown, code, problem?.title ?? 'The service refused', {
    detail: message,
    ...(problem?.errors === undefined ? {} : { errors: problem.errors }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
