/**
 * Why membership failed.
 * - `key-required`: asked to listen beyond loopback without a cluster key.
 * - `no-seed`: no seed answered in time; it goes on trying.
 * - `closed`: this member has left or was closed.
 * - `bad-request`: the request itself is at fault; repeating it cannot help.
 */
export type MembershipErrorCode = 'key-required' | 'no-seed' | 'closed' | 'bad-request';

/** Something asked of the membership was not done. */
export class MembershipError extends Error {
  readonly code: MembershipErrorCode;
  readonly retryable: boolean;
  override name = 'MembershipError';

  constructor(code: MembershipErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryable = code === 'no-seed';
  }
}
