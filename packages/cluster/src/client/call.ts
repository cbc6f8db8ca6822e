import type { Clock } from '@hanok/service-kit';

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

/** Sends one request with a deadline. @throws whatever fetch throws when no answer came in time. */
export async function callCoordinator(options: CallOptions): Promise<CallResult> {
  const abort = new AbortController();
  const deadline = options.clock.setTimer(options.timeoutMs, () => {
    abort.abort(new Error(`no answer from ${options.url} within ${options.timeoutMs} ms`));
  });
  try {
    const response = await fetch(options.url, {
      method: options.method,
      headers: requestHeaders(
        options.token,
        options.body === undefined ? {} : { 'content-type': 'application/json' },
      ),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      redirect: 'error',
      signal: abort.signal,
    });
    const detail = (await response.text()).slice(0, maxDetailLength);
    return { status: response.status, detail };
  } finally {
    deadline.cancel();
  }
}

/** The headers of every request: the credential, where there is one, and those given. */
export function requestHeaders(
  token: string | undefined,
  more: Record<string, string>,
): Record<string, string> {
  return token === undefined ? more : { ...more, authorization: `Bearer ${token}` };
}
