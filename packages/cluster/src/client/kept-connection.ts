import { Agent, type AgentOptions } from 'node:http';
import { Agent as SecureAgent } from 'node:https';

const options: AgentOptions = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };

/**
 * The connection of a caller that asks one coordinator again and again: making one costs both sides more than the request.
 * A coordinator that goes closes it, and one that vanished is found out by the deadline of the next request.
 */
export class KeptConnection {
  readonly #plain = new Agent(options);
  readonly #secure = new SecureAgent(options);

  /** Of the form that Node's client takes. */
  agentFor(url: string): Agent {
    return url.startsWith('https:') ? this.#secure : this.#plain;
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}
