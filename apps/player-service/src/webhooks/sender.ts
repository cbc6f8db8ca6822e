import { lookup as resolve } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** What came of sending a webhook once. */
export type SendOutcome =
  | { readonly kind: 'accepted' }
  /** Not a 2xx, or no answer at all (`status` null). */
  | {
      readonly kind: 'failed';
      readonly status: number | null;
      readonly error: string;
      /** What the receiver asked for by Retry-After. */
      readonly retryAfterMs?: number;
    };

/** Sends one webhook. Never rejects. */
export interface WebhookSender {
  send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<SendOutcome>;
  /** Ends open connections, and sends under way with them. */
  close(): void;
}

export interface WebhookSenderOptions {
  /** Let webhooks go to addresses that are not public, and over plain HTTP. Default false. */
  readonly privateAddresses?: boolean;
  /** From the connection to the end of the answer. Default 10,000. */
  readonly timeoutMs?: number;
}

const MAX_SOCKETS = 64;
const MAX_ANSWER_BYTES = 16_384;

/** Why a URL is no place for webhooks, as the rest of a sentence; undefined when it is one. */
export function urlFault(text: string, privateAddresses: boolean): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'must be an absolute URL';
  if (url.username !== '' || url.password !== '') return 'must not contain credentials';
  if (url.protocol !== 'https:' && !(privateAddresses && url.protocol === 'http:')) return 'must be https';
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  if (!privateAddresses && isIP(host) !== 0 && !isPublicAddress(host)) return 'must lead to a public address';
  return undefined;
}

/**
 * Sends webhooks to where anybody may have pointed them: only to public addresses (judged by the address that is
 * connected to, not by an earlier answer of a name server that may change), never along a redirect, and without a
 * use for the body of the answer.
 */
export function createWebhookSender(options: WebhookSenderOptions = {}): WebhookSender {
  const { privateAddresses = false, timeoutMs = 10_000 } = options;
  const pooled = { keepAlive: true, maxSockets: MAX_SOCKETS, maxFreeSockets: 16 };
  const agents = { http: new HttpAgent(pooled), https: new HttpsAgent(pooled) };
  const ended = new AbortController();

  return {
    send(url, headers, body) {
      const fault = urlFault(url, privateAddresses);
      if (fault !== undefined) {
        return Promise.resolve({ kind: 'failed', status: null, error: `the URL ${fault}` });
      }
      return new Promise((settle) => {
        const isPlain = url.startsWith('http:');
        const request = (isPlain ? httpRequest : httpsRequest)(url, {
          method: 'POST',
          agent: isPlain ? agents.http : agents.https,
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ended.signal]),
          ...(privateAddresses ? {} : { lookup: lookupPublic }),
        });
        request.once('response', (response) => {
          settle(outcomeOf(response));
          discard(response);
        });
        request.on('error', (error) => {
          settle({ kind: 'failed', status: null, error: reasonOf(error, timeoutMs) });
        });
        request.end(body);
      });
    },
    close() {
      ended.abort();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage): SendOutcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'accepted' };
  const seconds = Number(headers['retry-after']);
  return {
    kind: 'failed',
    status: statusCode,
    error: `answered ${statusCode}`,
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {}),
  };
}

/** A short answer is let in, so that the connection can be used again; a long one is cut off. */
function discard(response: IncomingMessage): void {
  let leftBytes = MAX_ANSWER_BYTES;
  response.on('error', () => undefined);
  response.on('data', (chunk: Buffer) => {
    leftBytes -= chunk.length;
    if (leftBytes < 0) response.destroy();
  });
}

/** Resolves a name, and refuses it when any of its addresses is not public. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, []);
      return;
    }
    const inside = addresses.find(({ address }) => !isPublicAddress(address));
    if (inside !== undefined || addresses.length === 0) {
      callback(new Error(`${hostname} does not lead to a public address`), []);
      return;
    }
    const [first] = addresses;
    if (options.all === true || first === undefined) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};

function reasonOf(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError' || error.cause instanceof DOMException) {
    return `no answer within ${timeoutMs} ms`;
  }
  return error.message.slice(0, 300) || error.name;
}
