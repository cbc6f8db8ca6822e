import { HanokError } from '@hanok/client';
import { HttpError, UnreachableError } from '@hanok/service-kit/http-client';
import { tlsTrouble } from '../connection/trust.ts';
import { CliError, exitCodes, type ExitCode } from '../errors.ts';
import { plain } from './text.ts';

/** A failure as it is told: one sentence, and how the command ends. */
export interface Failure {
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly sentence: string;
}

/** Finds the sentence for whatever went wrong; a stack trace is never one. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CliError) return { ...pick(error), sentence: error.message };
  if (error instanceof HttpError) return refusal(error.status, error.code, error.message);
  const trouble = tlsTrouble(error);
  if (trouble !== undefined)
    return { exitCode: exitCodes.unreachable, code: 'untrusted', sentence: `${whereOf(error)}: ${trouble}` };
  if (error instanceof UnreachableError)
    return { exitCode: exitCodes.unreachable, code: error.code, sentence: oneLine(error.message) };
  if (error instanceof HanokError) {
    const { code, message } = error;
    if ('status' in error && typeof error.status === 'number') return refusal(error.status, code, message);
    return { exitCode: exitCodes.unreachable, code, sentence: oneLine(message) };
  }
  if (error instanceof TypeError && error.message === 'fetch failed')
    return { exitCode: exitCodes.unreachable, code: 'unreachable', sentence: oneLine(causeOf(error)) };
  const message = error instanceof Error ? error.message : String(error);
  return { exitCode: exitCodes.failed, code: 'failed', sentence: oneLine(message) };
}

function pick({ exitCode, code }: CliError) {
  return { exitCode, code };
}

function refusal(status: number, code: string, message: string): Failure {
  const hint = status === 401 || status === 403 ? `; set HANOK_TOKEN to the stack's ADMIN_TOKEN` : '';
  return { exitCode: exitCodes.refused, code, sentence: `${oneLine(message)} (${status} ${code})${hint}` };
}

/** What failed, without the words of the library that found out why. */
function whereOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (message === 'fetch failed') return 'no answer';
  return oneLine(cause instanceof Error ? message.replace(`: ${cause.message}`, '') : message);
}

function causeOf({ cause }: Error): string {
  return cause instanceof Error ? `no answer: ${cause.message}` : 'no answer';
}

function oneLine(message: string): string {
  return plain(message.replaceAll(/\s*\n\s*/gu, ' ')).replace(/\.$/u, '');
}
