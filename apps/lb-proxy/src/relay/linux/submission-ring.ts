import type { DescriptorLedger } from './descriptor-ledger.ts';
import { linux, systemError } from './libc.ts';
import type { Mapping, RingCalls } from './ring-calls.ts';

/** Calls that one submission carries out at most. */
export const MAX_CALLS = 256;

const RECV = 27;
const SEND = 26;
const EINTR = 4;
/** Both rings in one mapping: Linux 5.4. */
const FEATURE_SINGLE_MAPPING = 1;
const SUBMISSIONS_OFFSET = 0x10000000;
const PARAMETER_WORDS = 30;
/** `struct io_uring_sqe` and `io_uring_cqe` in words of 32 bits. */
const SUBMISSION_WORDS = 16;
const COMPLETION_WORDS = 4;
const WORD_BYTES = 4;

/**
 * An io_uring (https://kernel.dk/io_uring.pdf) for calls that do not wait: many `recv` or `send` for one change into
 * the kernel. They are all over when `submit` returns, so nothing is ever in flight and sockets are closed, reset
 * and handed over as if there were no ring. With no thread of the kernel taking part, plain reads and writes of its
 * memory are in order.
 */
export class SubmissionRing {
  readonly #calls: RingCalls;
  readonly #fd: number;
  readonly #words: Int32Array;
  readonly #submissions: Int32Array;
  /** Places in `#words`. */
  readonly #at: {
    readonly tail: number;
    readonly done: number;
    readonly read: number;
    readonly first: number;
  };
  readonly #mask: number;
  readonly #completionMask: number;
  #tail = 0;
  #read = 0;
  #waiting = 0;

  /** @throws the system's error when the kernel, or who guards it, refuses */
  constructor(calls: RingCalls, ledger: DescriptorLedger) {
    this.#calls = calls;
    const parameters = new Uint32Array(PARAMETER_WORDS);
    this.#fd = calls.setup(MAX_CALLS, parameters);
    if (this.#fd < 0) throw systemError(calls.errno(), 'io_uring_setup');
    ledger.opened(this.#fd);
    const word = (index: number): number => parameters[index] ?? 0;
    if ((word(5) & FEATURE_SINGLE_MAPPING) === 0) throw new Error('the io_uring of this kernel is too old');
    const map = (offset: number, sizeBytes: number): Mapping => {
      const mapping = calls.map(this.#fd, offset, sizeBytes);
      ledger.mapped(mapping.address, sizeBytes);
      return mapping;
    };
    const [entries, completions] = [word(0), word(1)];
    // struct io_uring_params: the offsets of the submission ring are in words 10 to 19, the other's in 20 to 29.
    const indices = word(16);
    const first = word(25);
    const ringBytes = Math.max(
      indices + entries * WORD_BYTES,
      first + completions * COMPLETION_WORDS * WORD_BYTES,
    );
    this.#words = new Int32Array(map(0, ringBytes).bytes, 0, ringBytes / WORD_BYTES);
    this.#submissions = new Int32Array(
      map(SUBMISSIONS_OFFSET, entries * SUBMISSION_WORDS * WORD_BYTES).bytes,
    );
    this.#at = {
      tail: word(11) / WORD_BYTES,
      read: word(20) / WORD_BYTES,
      done: word(21) / WORD_BYTES,
      first: first / WORD_BYTES,
    };
    this.#mask = entries - 1;
    this.#completionMask = completions - 1;
    for (let index = 0; index < entries; index++) this.#words[indices / WORD_BYTES + index] = index;
  }

  /** Puts a `recv` in; `low` and `high` are the halves of the buffer's address. */
  recv(fd: number, low: number, high: number, sizeBytes: number): void {
    this.#put(RECV, fd, low, high, sizeBytes, linux.MSG_DONTWAIT);
  }

  /** Puts a `send` in. */
  send(fd: number, low: number, high: number, sizeBytes: number): void {
    this.#put(SEND, fd, low, high, sizeBytes, linux.MSG_DONTWAIT | linux.MSG_NOSIGNAL);
  }

  /**
   * Carries out what was put in, `MAX_CALLS` at most, and writes each call's result, or error number, negative, by
   * its position. Returns how many were carried out: the rest are not begun, for want of memory.
   *
   * @throws Error when the kernel does not keep to what this class relies on
   */
  submit(results: Int32Array): number {
    const wanted = this.#waiting;
    this.#waiting = 0;
    Atomics.store(this.#words, this.#at.tail, this.#tail);
    let taken = 0;
    while (taken < wanted) {
      const count = this.#calls.enter(this.#fd, wanted - taken);
      if (count > 0) taken += count;
      else if (count === 0 || this.#calls.errno() !== EINTR) break;
    }
    this.#tail = (this.#tail - (wanted - taken)) | 0;
    if (taken < wanted) Atomics.store(this.#words, this.#at.tail, this.#tail);
    this.#collect(taken, results);
    return taken;
  }

  #collect(count: number, results: Int32Array): void {
    const end = Atomics.load(this.#words, this.#at.done);
    if (((end - this.#read) | 0) !== count) throw new Error('a call that does not wait is not over');
    while (this.#read !== end) {
      const at = this.#at.first + (this.#read & this.#completionMask) * COMPLETION_WORDS;
      results[this.#words[at] ?? 0] = this.#words[at + 2] ?? 0;
      this.#read = (this.#read + 1) | 0;
    }
    Atomics.store(this.#words, this.#at.read, this.#read);
  }

  /** The words that are not written stay zero. */
  #put(operation: number, fd: number, low: number, high: number, sizeBytes: number, flags: number): void {
    const at = (this.#tail & this.#mask) * SUBMISSION_WORDS;
    const submissions = this.#submissions;
    submissions[at] = operation;
    submissions[at + 1] = fd;
    submissions[at + 4] = low;
    submissions[at + 5] = high;
    submissions[at + 6] = sizeBytes;
    submissions[at + 7] = flags;
    submissions[at + 8] = this.#waiting;
    this.#tail = (this.#tail + 1) | 0;
    this.#waiting += 1;
  }
}
