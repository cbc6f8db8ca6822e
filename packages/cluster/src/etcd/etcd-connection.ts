import { Agent as PlainAgent, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { openRequest, reasonOf } from '../client/open-request.ts';
import { EtcdError, grpcCodes } from './etcd-error.ts';
import { objectOf, type EtcdObject } from './etcd-json.ts';
import type { EtcdAddress } from './etcd-url.ts';

/** What TLS to etcd needs besides the certificate authorities that Node.js knows. PEM. */
export interface EtcdTls {
  /** Certificate authorities to trust instead of the known ones. */
  readonly ca?: string | undefined;
  /** This client's certificate chain and its key: both or neither. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** A broken server may send more; a page of registrations never is as long. */
const maxAnswerBytes = 64 * 1024 * 1024;
const keptConnections = 4;

/** By what etcd says that a login is over: its time, a restart of the member, or a change of users and roles. */
const loginIsOver = /invalid auth token|revision of auth store is old/;

/** Requests to etcd's members over connections that are kept, logged in where the address has a user. */
export class EtcdConnection {
  readonly #address: EtcdAddress;
  readonly #agent: PlainAgent | SecureAgent;
  #token: string | null = null;
  #login: Promise<string> | null = null;

  constructor(address: EtcdAddress, tls: EtcdTls = {}) {
    this.#address = address;
    const isSecure = address.endpoints.some((endpoint) => endpoint.startsWith('https:'));
    const pool = { keepAlive: true, maxFreeSockets: keptConnections };
    this.#agent = isSecure ? new SecureAgent({ ...pool, ...tls }) : new PlainAgent(pool);
  }

  /**
   * Sends one request. @returns the answer, once its headers are there, when etcd took the request.
   * @throws EtcdError when etcd refused, or cannot be reached; the signal's reason when it aborts.
   */
  async open(
    endpoint: string,
    path: string,
    body: EtcdObject,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const token = await this.#loggedIn(endpoint, signal);
    const answer = await this.#send(endpoint, path, body, token, signal);
    if (answer.statusCode === 200) return answer;
    throw errorFrom(answer.statusCode ?? 0, await textOf(answer, signal));
  }

  /** Whether a request that was refused so may do better under another login, which the next one then gets. */
  renewsLogin({ grpcCode, message }: EtcdError): boolean {
    const isOver = grpcCode === grpcCodes.unauthenticated || loginIsOver.test(message);
    if (!isOver || this.#address.username === null) return false;
    this.#token = null;
    return true;
  }

  /** One login at a time: each costs etcd the work of hashing the password. */
  async #loggedIn(endpoint: string, signal: AbortSignal): Promise<string | null> {
    if (this.#address.username === null || this.#token !== null) return this.#token;
    this.#login ??= this.#logIn(endpoint, signal).finally(() => (this.#login = null));
    return this.#login;
  }

  async #logIn(endpoint: string, signal: AbortSignal): Promise<string> {
    const { username, password } = this.#address;
    const body = { name: username, password: password ?? '' };
    const answer = await this.#send(endpoint, '/auth/authenticate', body, null, signal);
    const text = await textOf(answer, signal);
    if (answer.statusCode !== 200) throw errorFrom(answer.statusCode ?? 0, text);
    const { token } = objectOf(parseJson(text));
    if (typeof token !== 'string') throw new EtcdError('etcd answered a login without a token', null);
    this.#token = token;
    return token;
  }

  async #send(
    endpoint: string,
    path: string,
    body: EtcdObject,
    token: string | null,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    try {
      return await openRequest({
        url: `${endpoint}/v3${path}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: token }) },
        body: JSON.stringify(body),
        signal,
        agent: this.#agent,
      });
    } catch (error) {
      throw signal.aborted ? error : unreachable(endpoint, error);
    }
  }
}

/** The whole body of an answer. @throws EtcdError when it breaks off; the signal's reason when it aborts. */
export async function textOf(answer: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxAnswerBytes) throw new RangeError(`an answer of more than ${maxAnswerBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw signal.aborted ? reasonOf(signal) : new EtcdError('etcd broke off', null, { cause: error });
  }
  return Buffer.concat(chunks).toString();
}

/** @throws EtcdError */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EtcdError('etcd answered something that is not JSON', null, { cause });
  }
}

/** What an object that etcd refuses with says. */
export function errorOf(body: EtcdObject): EtcdError {
  const message = body['message'] ?? body['error'];
  const code = Number(body['code'] ?? body['grpc_code'] ?? 2);
  return new EtcdError(typeof message === 'string' ? message : 'etcd refused', code);
}

function errorFrom(status: number, text: string): EtcdError {
  try {
    return errorOf(objectOf(JSON.parse(text)));
  } catch {
    return new EtcdError(`etcd answered ${status}: ${text.trim().slice(0, 200)}`, status >= 500 ? null : 2);
  }
}

function unreachable(endpoint: string, cause: unknown): EtcdError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === undefined ? '' : ` (${code})`;
  return new EtcdError(`${endpoint} cannot be reached${why}`, null, { cause });
}
