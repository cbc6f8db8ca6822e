import type { IncomingMessage } from 'node:http';
import type { Clock } from '@hanok/service-kit';
import { openRequest, reasonOf } from './open-request.ts';

/** One request to a coordinator. */
export interface CallOptions {
  readonly url: string;
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly token?: string | undefined;
  readonly body?: unknown;
  /** The whole exchange, the body included, must be over by then. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A coordinator's answer, of any status. */
export interface CallResult {
  readonly status: number;
  /** At most the first 2,000 characters of the body, to say why something failed. */
  readonly detail: string;
}

const maxDetailLength = 2_000;

/** Sends one request with a deadline. @throws Error when no answer came in time. */
export async function callCoordinator(options: CallOptions): Promise<CallResult> {
  const abort = new AbortController();
  const deadline = options.clock.setTimer(options.timeoutMs, () => {
    abort.abort(new Error(`no answer from ${options.url} within ${options.timeoutMs} ms`));
  });
  const hasBody = options.body !== undefined;
  try {
    const response = await openRequest({
      url: options.url,
      method: options.method,
      headers: requestHeaders(options.token, hasBody ? { 'content-type': 'application/json' } : {}),
      body: hasBody ? JSON.stringify(options.body) : undefined,
      signal: abort.signal,
    });
    return { status: response.statusCode ?? 0, detail: await readStart(response) };
  } catch (error) {
    throw abort.signal.aborted ? reasonOf(abort.signal) : error;
  } finally {
    deadline.cancel();
  }
}

/** The rest of a longer answer is not waited for. */
async function readStart(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) {
    text += String(part);
    if (text.length >= maxDetailLength) break;
  }
  return text.slice(0, maxDetailLength);
}

/** The headers of every request: the credential, where there is one, and those given. */
export function requestHeaders(
  token: string | undefined,
  more: Record<string, string>,
): Record<string, string> {
  return token === undefined ? more : { ...more, authorization: `Bearer ${token}` };
}
