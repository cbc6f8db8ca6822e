import { CacheError, isCacheErrorCode } from '../errors.ts';
import type { CacheStore, DeletionReport } from '../store/cache-store.ts';
import type { Invalidator } from '../invalidations/invalidator.ts';
import { announceOperation, reportOperation } from '../near/near-operations.ts';
import { operationsByName } from '../store/operations.ts';
import type { AnyOperation, Reply } from '../store/operation.ts';

/** An operation on its way to a cache-service. */
export interface WireOperation {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
  readonly rule?: string;
}

/** What became of one operation. */
export type WireResult = { readonly reply: Reply } | { readonly error: WireError };

/** A deletion report with its error as it travels. */
export type WireDeletionReport = Omit<DeletionReport, 'error'> & { readonly error?: WireError };

/** The media type of requests: JSON, but with values of every kind, which ordinary routes would refuse. */
export const wireMediaType = 'application/vnd.hanok.store+json';

/** Most operations in one request. */
export const maxWireOperations = 256;

/** Largest request body: an argument of the greatest size, escaped, with room to spare. */
export const maxWireBytes = 8_388_608;

function toWireError(error: unknown): WireError {
  if (!(error instanceof CacheError))
    return { code: 'protocol', message: 'the operation failed in cache-service' };
  return {
    code: error.code,
    message: error.message,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.rule === undefined ? {} : { rule: error.rule }),
  };
}

export function fromWireError({ code, message, field, rule }: WireError): CacheError {
  return new CacheError(isCacheErrorCode(code) ? code : 'protocol', message, {
    ...(field === undefined ? {} : { field }),
    ...(rule === undefined ? {} : { rule }),
  });
}

export function toWireDeletionReport({ error, ...report }: DeletionReport): WireDeletionReport {
  return error === undefined ? report : { ...report, error: toWireError(error) };
}

/** Carries out what another service sent, without decoding the reply: that is the sender's part. */
export async function runWireOperation(
  store: CacheStore,
  invalidator: Invalidator,
  { name, keys, args }: WireOperation,
): Promise<WireResult> {
  const operation = operationsByName.get(name);
  const [first, ...others] = keys;
  if (operation === undefined || first === undefined) return refusal(`there is no operation ${name}`);
  // Several servers have a table of near caches each, and the sender knows of one.
  if (operation === reportOperation && store.parts.length > 1)
    return refusal('near caches behind several Redis servers connect to these themselves');
  const raw: AnyOperation = { ...operation, decode: (reply) => reply };
  try {
    if (operation === announceOperation && store.parts.length > 1) {
      const [, announced = ''] = args;
      await invalidator.announceWhereDue(announced);
      return { reply: nobodyToWaitFor };
    }
    return { reply: (await store.run(raw, [first, ...others], args)) as Reply };
  } catch (error) {
    return { error: toWireError(error) };
  }
}

/** The reply to an announcement that has been waited for already: its table and number, no time to wait, no holders. */
const nobodyToWaitFor: Reply = [0, 0, 0];

function refusal(message: string): WireResult {
  return { error: { code: 'invalid', message, field: 'name', rule: 'enum' } };
}
