import { linux } from './libc.ts';

/** A read of so much tells that more is likely to follow. */
const BULKY_BYTES = 4_096;

/** With these, a read of less than there was room for does not mean that nothing is left: an end, or urgent data. */
const UNSURE = linux.EPOLLERR | linux.EPOLLHUP | linux.EPOLLRDHUP | linux.EPOLLPRI;
const READABLE = UNSURE | linux.EPOLLIN;

/** What is known of the bytes that wait with the kernel, which tells each change only once. */
export class Inflow {
  #readable = false;
  #unsure = false;
  #bulky = false;

  /** There may be bytes, or an end, or an error. */
  get isReadable(): boolean {
    return this.#readable;
  }

  /** The last read was large. */
  get isBulky(): boolean {
    return this.#bulky;
  }

  /** The kernel has told these events. */
  noteEvents(events: number): void {
    if ((events & READABLE) === 0) return;
    this.#readable = true;
    if ((events & UNSURE) !== 0) this.#unsure = true;
  }

  noteRead(sizeBytes: number, roomBytes: number): void {
    this.#bulky = sizeBytes >= BULKY_BYTES;
    if (sizeBytes < roomBytes && !this.#unsure) this.#readable = false;
  }

  /** There is nothing for now. */
  noteEmpty(): void {
    this.#readable = false;
    this.#unsure = false;
  }
}
