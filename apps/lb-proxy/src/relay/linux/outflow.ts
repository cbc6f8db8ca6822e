import { EINTR, type LegSocket } from './leg-socket.ts';

/**
 * The sending half of a leg. What the kernel does not take at once is kept until it does; meanwhile the source of
 * these bytes gives no more.
 */
export class Outflow<Source> {
  readonly #socket: LegSocket;
  #pending: Uint8Array | undefined;
  #source: Source | undefined;
  #finishing = false;

  constructor(socket: LegSocket) {
    this.#socket = socket;
  }

  get isEmpty(): boolean {
    return this.#pending === undefined;
  }

  /** Nothing more is to be sent. */
  get isFinishing(): boolean {
    return this.#finishing;
  }

  /** What is kept; null for nothing. */
  get pending(): Uint8Array | null {
    return this.#pending ?? null;
  }

  /** Returns false when a rest is kept. */
  send(bytes: Uint8Array, sizeBytes: number, source: Source): boolean {
    return this.#keepFrom(this.#socket.send(bytes, sizeBytes), bytes, sizeBytes, source);
  }

  /**
   * The kernel was given these bytes: it took as many as `result` says, which may be a negative error number.
   * Returns false when a rest is kept.
   */
  sent(result: number, bytes: Uint8Array, source: Source): boolean {
    const sizeBytes = bytes.length;
    if (result === -EINTR) return this.send(bytes, sizeBytes, source);
    return this.#keepFrom(this.#socket.taken(result, sizeBytes), bytes, sizeBytes, source);
  }

  /** Ends this direction once nothing is kept. */
  finish(): void {
    this.#finishing = true;
    if (this.#pending === undefined) this.#socket.shutDown();
  }

  /** Sends what is kept. Returns who may give more, if all of it is gone. */
  flush(): Source | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    const sentBytes = this.#socket.send(pending, pending.length);
    if (sentBytes < pending.length) {
      this.#pending = pending.subarray(sentBytes);
      return undefined;
    }
    if (this.#finishing) this.#socket.shutDown();
    const source = this.#source;
    this.release();
    return source;
  }

  /** Goes on where another process was. */
  adopt(pending: Uint8Array | null, isFinishing: boolean, source: Source): void {
    this.#finishing = isFinishing;
    if (pending === null) return;
    this.#pending = pending;
    this.#source = source;
  }

  /** Forgets what is kept. */
  release(): void {
    this.#pending = undefined;
    this.#source = undefined;
  }

  #keepFrom(sentBytes: number, bytes: Uint8Array, sizeBytes: number, source: Source): boolean {
    if (sentBytes === sizeBytes) return true;
    this.#pending = bytes.slice(sentBytes, sizeBytes);
    this.#source = source;
    return false;
  }
}
