import { Agent, request } from 'node:http';

/** What one client asks for, again and again. */
export interface Errand {
  readonly name: string;
  readonly ports: readonly number[];
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** A request that got no answer, or another than 2xx. */
export interface Failure {
  readonly errand: string;
  readonly reason: string;
}

interface Result {
  /** Why there is no good answer. */
  readonly failure?: string;
  /** Whether the next request should go elsewhere. */
  readonly isLeaving: boolean;
}

const TIMEOUT_MS = 10_000;
const notConnected: Result = { failure: 'not connected', isLeaving: true };

/**
 * Clients that keep their connection and send one request after the other, without ever repeating one: what fails is
 * counted. A client with several addresses goes on at the next one when it cannot connect, or when an answer ends the
 * connection, as the client of service-kit does; a request that was sent and not answered has failed all the same.
 */
export class SteadyLoad {
  readonly failures: Failure[] = [];
  #answered = 0;
  #running = true;
  readonly #clients: Promise<void>[];

  constructor(errands: readonly Errand[]) {
    this.#clients = errands.map((errand) => this.#client(errand));
  }

  get answered(): number {
    return this.#answered;
  }

  async end(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#clients);
  }

  async #client(errand: Errand): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let current = 0;
    while (this.#running) {
      let result: Result = notConnected;
      for (let tries = 0; tries < errand.ports.length && result === notConnected; tries++) {
        result = await send(agent, errand, errand.ports[current] ?? 0);
        if (result.isLeaving) current = (current + 1) % errand.ports.length;
      }
      if (result.failure === undefined) this.#answered++;
      else this.failures.push({ errand: errand.name, reason: result.failure });
    }
    agent.destroy();
  }
}

function send(agent: Agent, errand: Errand, port: number): Promise<Result> {
  const { method, path, headers, body } = errand;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const type = text === undefined ? {} : { 'content-type': 'application/json' };
  const options = { host: '127.0.0.1', port, method, path, agent, timeout: TIMEOUT_MS };
  return new Promise((resolve) => {
    const fail = (failure: string) => resolve({ failure, isLeaving: false });
    const sent = request({ ...options, headers: { ...type, ...headers } }, (response) => {
      const status = response.statusCode ?? 0;
      let answer = '';
      response.setEncoding('utf8').on('data', (part: string) => (answer += part));
      response.on('end', () => {
        if (status >= 300) fail(`${status} ${answer.slice(0, 300)}`);
        else resolve({ isLeaving: response.headers.connection === 'close' });
      });
      response.on('error', (error) => fail(`broken answer: ${error.message}`));
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve(notConnected);
      else fail(error.message);
    });
    sent.end(text);
  });
}
