/** A coordinator answered with something else than what was asked for. */
export class RefusedError extends Error {
  readonly code = 'CLUSTER_REFUSED';
  readonly retryable = true;
  readonly status: number;
  override name = 'RefusedError';

  /** @param wanted what was asked for, e.g. `a list of nodes`. */
  constructor(url: string, status: number, wanted: string) {
    super(`${url} answered ${status} instead of ${wanted}`);
    this.status = status;
  }
}
