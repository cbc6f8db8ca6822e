/** A reason not to start at all; the message is one sentence for the user. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
}
