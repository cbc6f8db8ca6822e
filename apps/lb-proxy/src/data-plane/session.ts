import { NO_BACKEND, sampleShare } from '@hanok/strategies';
import type { ClientConnection, ConnectionEvents } from '../relay/relay-engine.ts';
import { LOCAL_FAILURES } from './messages.ts';
import type { Ending, Refusal } from './outcomes.ts';
import { hashSource } from './source-address.ts';
import type { Waiting } from './waiting-queue.ts';
import type { WorkerContext } from './worker-context.ts';

/**
 * One client from accept to close: finds it a backend, tries another when a connect fails, lets it wait when
 * there is none, and keeps every count exact. Knows nothing of sockets.
 */
export class Session implements ConnectionEvents, Waiting {
  readonly #client: ClientConnection;
  readonly #context: WorkerContext;
  readonly #sourceHash: number;
  readonly #tried: number[] = [];
  #slot = NO_BACKEND;
  #attempts = 0;
  #triedInGeneration = 0;
  #relaying = false;

  constructor(client: ClientConnection, context: WorkerContext) {
    this.#client = client;
    this.#context = context;
    this.#sourceHash = hashSource(client.remoteAddress);
    client.attach(this);
  }

  /** The slot of the backend this client is with, or NO_BACKEND. */
  get slot(): number {
    return this.#slot;
  }

  /** Begins; the client has been counted in. */
  start(): void {
    if (!this.tryPlace()) this.#wait();
  }

  tryPlace(): boolean {
    const { placement, state } = this.#context;
    if (this.#triedInGeneration !== state.table.generation) {
      // The table has changed since the failures: whoever is eligible now deserves another try.
      this.#tried.length = 0;
      this.#triedInGeneration = state.table.generation;
    }
    const slot = placement.place(this.#client.remoteAddress, this.#sourceHash, this.#tried);
    const endpoint = slot === NO_BACKEND ? undefined : placement.endpointOf(slot);
    if (endpoint === undefined) return false;
    this.#slot = slot;
    if (this.#attempts > 0) this.#context.count('retried');
    this.#attempts += 1;
    this.#client.connect(endpoint);
    return true;
  }

  /** Turns the client away; it is not waiting any more. */
  refuse(reason: Refusal): void {
    this.#context.count(`refused:${reason}`);
    this.#client.refuse();
    this.#leave();
  }

  /** Ends the relay, if there is one. */
  close(ending: Ending): void {
    if (this.#relaying) this.#client.close(ending);
  }

  /** Ends it however far it has come: the worker stops. */
  abort(): void {
    if (this.#relaying) this.#client.close('shutting-down');
    else this.refuse('shutting-down');
  }

  gone(): void {
    this.#context.queue.remove(this);
    this.#context.count('client-gone');
    this.#leave();
  }

  connectFailed(code: string): void {
    const context = this.#context;
    const slot = this.#slot;
    this.#releaseSlot();
    this.#tried.push(slot);
    if (LOCAL_FAILURES.has(code)) {
      this.refuse('local-resources');
      return;
    }
    context.addForBackend(slot, 'failed', 1);
    context.failures.failed(slot, code);
    if (this.#attempts > context.admission.connectRetries) {
      this.refuse('connect-failed');
      return;
    }
    if (!this.tryPlace()) this.#wait();
  }

  connected(): void {
    this.#relaying = true;
    this.#context.failures.succeeded(this.#slot);
    this.#context.addForBackend(this.#slot, 'total', 1);
  }

  responded(elapsedMs: number): void {
    const { table } = this.#context.state;
    table.observe(this.#slot, elapsedMs, sampleShare(table, this.#slot));
  }

  transferred(bytesToBackend: number, bytesToClient: number): void {
    this.#context.addForBackend(this.#slot, 'bytesToBackend', bytesToBackend);
    this.#context.addForBackend(this.#slot, 'bytesToClient', bytesToClient);
  }

  ended(ending: Ending, unansweredMs: number): void {
    const { table } = this.#context.state;
    // No answer is worse than a late one, but how late it would have been is known only to be more than this.
    if (unansweredMs > table.latencyMs(this.#slot)) this.responded(unansweredMs);
    this.#context.count(`ended:${ending}`);
    this.#leave();
  }

  #wait(): void {
    if (this.#context.draining) this.refuse('shutting-down');
    else if (!this.#context.queue.add(this)) {
      this.refuse(this.#attempts > 0 ? 'connect-failed' : 'queue-full');
    } else this.#context.count('queued');
  }

  #releaseSlot(): void {
    if (this.#slot === NO_BACKEND) return;
    this.#context.placement.release(this.#slot);
    this.#slot = NO_BACKEND;
  }

  #leave(): void {
    this.#releaseSlot();
    this.#context.left(this);
  }
}
