/** How a call of the command can end. Scripts branch on these; they never change their meaning. */
export const exitCodes = {
  /** Done, and what was looked at is well. */
  ok: 0,
  /** Something failed that has no code of its own. */
  failed: 1,
  /** The command line or the settings are wrong; nothing was sent. */
  usage: 2,
  /** No service answered, or not in time, or not with a certificate that is trusted. */
  unreachable: 3,
  /** A service answered, and refused or failed. */
  refused: 4,
  /** Done, and what was looked at is not well: an unhealthy stack, books that do not balance, pending migrations. */
  unwell: 5,
  /** Not confirmed, so nothing was changed. */
  unconfirmed: 6,
  /** Ended by Ctrl-C (128 + SIGINT). */
  interrupted: 130,
  /** Ended by SIGTERM (128 + 15). */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends the command with one sentence on standard error. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** Stable name of what went wrong, for `--json`. */
  readonly code: string;

  constructor(exitCode: ExitCode, code: string, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.exitCode = exitCode;
    this.code = code;
  }
}

/** The command line or the settings are wrong. */
export function usageError(sentence: string): CliError {
  return new CliError(exitCodes.usage, 'usage', sentence);
}
