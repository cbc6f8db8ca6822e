import type { DropReason } from './drop-counts.ts';

/** Bytes from the network that cannot be taken. The message says what is wrong, never what the bytes held. */
export class WireError extends Error {
  readonly code = 'CLUSTER_WIRE';
  readonly retryable = false;
  readonly reason: DropReason;
  override name = 'WireError';

  constructor(reason: DropReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
