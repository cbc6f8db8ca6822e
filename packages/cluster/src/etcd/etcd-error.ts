/** Codes of gRPC that the gateway answers with and that are told apart here. */
export const grpcCodes = { notFound: 5, unauthenticated: 16 } as const;

/** Codes by which an etcd member says that another attempt, at another member, may do better. */
const passing: readonly number[] = [
  4, // deadline exceeded
  8, // resource exhausted
  14, // unavailable
];

/** etcd refused, or could not be reached. */
export class EtcdError extends Error {
  readonly code = 'CLUSTER_ETCD';
  readonly retryable: boolean;
  /** As etcd answered; null when no answer came. */
  readonly grpcCode: number | null;
  override name = 'EtcdError';

  constructor(message: string, grpcCode: number | null, options?: ErrorOptions) {
    super(message, options);
    this.grpcCode = grpcCode;
    this.retryable = grpcCode === null || passing.includes(grpcCode);
  }
}

/** The events asked for are no longer kept: everything must be read anew. */
export class EtcdCompactedError extends Error {
  readonly code = 'CLUSTER_ETCD_COMPACTED';
  readonly retryable = true;
  override name = 'EtcdCompactedError';
}
