import { Agent, request as sendPlain, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as sendSecure } from 'node:https';

/** One base URL and the connections to it. */
export interface Target {
  readonly hostname: string;
  readonly port: string;
  /** Path of the base URL, without a slash at its end. */
  readonly prefix: string;
  readonly agent: Agent;
  readonly send: typeof sendPlain;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Answers larger than this are cut off as broken, bytes. */
const maxAnswerBytes = 16 * 1_024 * 1_024;

/** @throws TypeError when there is no URL, or one is not http or https */
export function createTargets(baseUrls: readonly string[], maxSockets: number): [Target, ...Target[]] {
  const [first, ...others] = baseUrls.map((url) => createTarget(url, maxSockets));
  if (first === undefined) throw new TypeError('baseUrls must name at least one URL');
  return [first, ...others];
}

function createTarget(baseUrl: string, maxSockets: number): Target {
  const { protocol, hostname, port, pathname } = new URL(baseUrl);
  if (protocol !== 'http:' && protocol !== 'https:') throw new TypeError(`${baseUrl} is not an http(s) URL`);
  const options = { keepAlive: true, maxSockets, maxFreeSockets: maxSockets };
  return {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port,
    prefix: pathname.replace(/\/+$/, ''),
    ...(protocol === 'http:'
      ? { agent: new Agent(options), send: sendPlain }
      : { agent: new SecureAgent(options), send: sendSecure }),
  };
}

/**
 * Sends a request and reads the whole answer. By Node's own client: fetch and undici would add 30 MB and a quarter of
 * a second of start to every process.
 *
 * @throws Error when the connection fails or breaks, or the signal aborts
 */
export function exchange(target: Target, request: RawRequest): Promise<RawAnswer> {
  const { method, path, headers, body, signal } = request;
  const { hostname, port, prefix, agent, send } = target;
  return new Promise((resolve, reject) => {
    const sent = send({ hostname, port, path: prefix + path, method, headers, agent, signal }, (response) => {
      readText(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxAnswerBytes) throw new Error(`the answer is larger than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
