import type { Agent, IncomingMessage } from 'node:http';
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
  /** Ends the exchange early. */
  readonly signal?: AbortSignal | undefined;
  /** Keeps connections. Default: a connection of its own. */
  readonly agent?: Agent | undefined;
  /** What is read of the answer's body, characters; the rest is not waited for. Default 2,000. */
  readonly maxLength?: number | undefined;
}

/** A coordinator's answer, of any status. */
export interface CallResult {
  readonly status: number;
  /** The body, or its first `maxLength` characters. */
  readonly text: string;
}

/** Enough to say why something failed. */
const defaultMaxLength = 2_000;

/** Sends one request with a deadline. @throws Error when no answer came in time, or the signal's reason. */
export async function callCoordinator(options: CallOptions): Promise<CallResult> {
  const abort = new AbortController();
  const deadline = options.clock.setTimer(options.timeoutMs, () => {
    abort.abort(new Error(`no answer from ${options.url} within ${options.timeoutMs} ms`));
  });
  const giveUp = (): void => abort.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', giveUp, { once: true });
  if (options.signal?.aborted === true) giveUp();
  const hasBody = options.body !== undefined;
  try {
    const response = await openRequest({
      url: options.url,
      method: options.method,
      headers: requestHeaders(options.token, hasBody ? { 'content-type': 'application/json' } : {}),
      body: hasBody ? JSON.stringify(options.body) : undefined,
      signal: abort.signal,
      agent: options.agent,
    });
    const text = await readStart(response, options.maxLength ?? defaultMaxLength);
    return { status: response.statusCode ?? 0, text };
  } catch (error) {
    throw abort.signal.aborted ? reasonOf(abort.signal) : error;
  } finally {
    deadline.cancel();
    options.signal?.removeEventListener('abort', giveUp);
  }
}

async function readStart(response: IncomingMessage, maxLength: number): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) {
    text += String(part);
    if (text.length >= maxLength) break;
  }
  return text.slice(0, maxLength);
}

/** The headers of every request: the credential, where there is one, and those given. */
export function requestHeaders(
  token: string | undefined,
  more: Record<string, string>,
): Record<string, string> {
  return token === undefined ? more : { ...more, authorization: `Bearer ${token}` };
}
