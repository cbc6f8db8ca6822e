/**
 * Why coordination failed.
 * - `no-leader`: no quorum or no leader yet; nothing was done.
 * - `overloaded`: too much is under way; nothing was done.
 * - `outcome-unknown`: the answer did not come; it may or may not have been done.
 * - `not-leader`: asked of a node that does not lead; nothing was done.
 * - `stopped`: this node is stopping; nothing was done.
 * - `conflict`: what is there does not allow it; nothing was done.
 * - `not-found`: there is no such thing; nothing was done.
 * - `bad-request`: the request itself is at fault; repeating it cannot help.
 */
export type CoordinationErrorCode =
  | 'no-leader'
  | 'overloaded'
  | 'outcome-unknown'
  | 'not-leader'
  | 'stopped'
  | 'conflict'
  | 'not-found'
  | 'bad-request';

/** Repeating the request as it is cannot help. */
const faultCodes: ReadonlySet<CoordinationErrorCode> = new Set(['bad-request', 'conflict', 'not-found']);

/** Coordination did not happen, or not for sure. */
export class CoordinationError extends Error {
  readonly code: CoordinationErrorCode;
  readonly retryable: boolean;
  override name = 'CoordinationError';

  constructor(code: CoordinationErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = !faultCodes.has(code);
  }
}
