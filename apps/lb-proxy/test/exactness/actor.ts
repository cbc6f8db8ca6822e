import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContentCheck, contentAt, LONGEST_PIECE_BYTES } from './content.ts';
import type { Script } from './script.ts';

/** What came of one side of a session. */
export interface Outcome {
  /** Bytes given to the socket; not all of them need have left it when it was reset. */
  readonly sentBytes: number;
  /** It has sent all it had, and its end. */
  readonly finished: boolean;
  /** It reset the connection itself. */
  readonly hasReset: boolean;
  readonly receivedBytes: number;
  /** Position of the first bytes that were not the other side's. */
  readonly wrongAt: number | undefined;
  /** The other side's end arrived. */
  readonly sawEnd: boolean;
  readonly error: string | undefined;
}

/** Plays one side on a socket, with half-open semantics, until the socket is closed. */
export class Actor {
  readonly #socket: Socket;
  readonly #carrier: Socket;
  readonly #script: Script;
  readonly #out: number;
  readonly #received: ContentCheck;
  readonly #closed: Promise<void>;
  readonly #ended: Promise<void>;
  #sentBytes = 0;
  #finished = false;
  #hasReset = false;
  #sawEnd = false;
  #error: string | undefined;

  /**
   * @param carrier the TCP socket below `socket`, or `socket` itself
   * @param streams what it sends, and what it should receive
   */
  constructor(socket: Socket, carrier: Socket, script: Script, streams: { out: number; in: number }) {
    this.#socket = socket;
    this.#carrier = carrier;
    this.#script = script;
    this.#out = streams.out;
    this.#received = new ContentCheck(streams.in);
    const stalls = script.stalls.toSorted((a, b) => a.afterBytes - b.afterBytes);
    socket.on('data', (chunk: Buffer) => {
      this.#received.receive(chunk);
      const [stall] = stalls;
      if (stall === undefined || this.#received.receivedBytes < stall.afterBytes) return;
      stalls.shift();
      socket.pause();
      setTimeout(() => socket.resume(), stall.pauseMs);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => (this.#error ??= error.code ?? error.message));
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    this.#ended = new Promise((resolve) => {
      socket.once('end', () => {
        this.#sawEnd = true;
        resolve();
      });
      socket.once('close', () => resolve());
    });
  }

  async play(): Promise<Outcome> {
    for (const { sizeBytes, pauseMs } of this.#script.writes) {
      await this.#write(sizeBytes);
      if (pauseMs > 0) await sleep(pauseMs);
    }
    if (this.#script.ending === 'reset') this.#reset();
    else {
      if (this.#script.ending === 'finish-last') await this.#ended;
      if (!this.#socket.destroyed) {
        this.#finished = true;
        this.#socket.end();
      }
    }
    // With both ends done there is nothing more to come, though Node's TLS may keep such a socket open.
    await (this.#finished ? this.#ended : this.#closed);
    return this.outcome();
  }

  giveUp(): void {
    this.#socket.destroy();
  }

  /** As far as it has come. */
  outcome(): Outcome {
    return {
      sentBytes: this.#sentBytes,
      finished: this.#finished,
      hasReset: this.#hasReset,
      receivedBytes: this.#received.receivedBytes,
      wrongAt: this.#received.wrongAt,
      sawEnd: this.#sawEnd,
      error: this.#error,
    };
  }

  async #write(sizeBytes: number): Promise<void> {
    const end = this.#sentBytes + sizeBytes;
    while (this.#sentBytes < end && !this.#socket.destroyed) {
      const size = Math.min(LONGEST_PIECE_BYTES, end - this.#sentBytes);
      const goesOn = this.#socket.write(contentAt(this.#out, this.#sentBytes, size));
      this.#sentBytes += size;
      if (!goesOn) await this.#drained();
    }
  }

  async #drained(): Promise<void> {
    const drained = new Promise<void>((resolve) => this.#socket.once('drain', () => resolve()));
    await Promise.race([drained, this.#closed]);
  }

  #reset(): void {
    if (this.#socket.destroyed) return;
    this.#hasReset = true;
    this.#carrier.resetAndDestroy();
    this.#socket.destroy();
  }
}

/**
 * What is wrong with a session; empty when its bytes and ends are as they must be.
 *
 * @param tls whether TLS is spoken. Node's TLS takes a reset for an end when its own close_notify meets it, so ends
 *   seen by a side that has finished prove nothing there; with `passed` it speaks at the backend, too.
 */
export function faultsOf(client: Outcome, backend: Outcome, tls: 'ended' | 'passed' | undefined): string[] {
  const isEndSure = (receiver: Outcome) => tls === undefined || (tls === 'ended' && !receiver.finished);
  const faults = [
    ...faultsBetween('client', client, backend, isEndSure(backend)),
    ...faultsBetween('backend', backend, client, isEndSure(client)),
  ];
  if (!client.hasReset && !backend.hasReset && !(client.sawEnd && backend.sawEnd)) {
    faults.push(`nobody has reset, yet an end is missing: ${JSON.stringify({ client, backend })}`);
  }
  return faults;
}

function faultsBetween(who: string, sender: Outcome, receiver: Outcome, isEndSure: boolean): string[] {
  const faults: string[] = [];
  const say = (what: string) =>
    faults.push(`what the ${who} sent ${what}: ${JSON.stringify({ sender, receiver })}`);
  if (receiver.wrongAt !== undefined) say('arrived changed');
  if (receiver.receivedBytes > sender.sentBytes) say('arrived as more');
  if (!receiver.sawEnd || (sender.hasReset && !isEndSure)) return faults;
  // Reset before it was relayed: to the other side it looks like one that had nothing to say.
  if (sender.hasReset && receiver.receivedBytes === 0) return faults;
  if (!sender.finished) say('was not finished, but arrived so');
  if (receiver.receivedBytes !== sender.sentBytes) say('was finished, but not all of it arrived');
  return faults;
}
