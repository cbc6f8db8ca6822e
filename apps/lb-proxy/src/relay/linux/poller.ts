import { arch } from 'node:os';
import type { DescriptorLedger } from './descriptor-ledger.ts';
import { linux, systemError, type Libc } from './libc.ts';

/** Something with a file descriptor that wants to know when it is ready. */
export interface Pollable {
  /** `events` are bits of those it was added for, EPOLLERR and EPOLLHUP. */
  ready(events: number): void;
}

/** `struct epoll_event` in words of 32 bits; it is packed on x64 only. */
const EVENT_WORDS = arch() === 'x64' ? 3 : 4;
const DATA_WORD = arch() === 'x64' ? 1 : 2;
const MAX_EVENTS = 512;
const MAX_TAG = 0x7fff_ffff;

/**
 * An epoll instance. Each registration bears a tag of its own: an event that was fetched for a descriptor closed
 * meanwhile is recognised by it, also when the kernel has given the number out again.
 */
export class Poller {
  readonly #libc: Libc;
  readonly #ledger: DescriptorLedger;
  readonly #epollFd: number;
  readonly #words = new Int32Array(MAX_EVENTS * EVENT_WORDS);
  readonly #events = new Uint8Array(this.#words.buffer);
  readonly #eventWords = new Int32Array(EVENT_WORDS);
  readonly #event = new Uint8Array(this.#eventWords.buffer);
  /** By descriptor. */
  readonly #pollables: (Pollable | undefined)[] = [];
  readonly #tags: number[] = [];
  #lastTag = 0;

  /** @throws the system's error when there is no room for another */
  constructor(libc: Libc, ledger: DescriptorLedger) {
    this.#libc = libc;
    this.#ledger = ledger;
    this.#epollFd = libc.epollCreate1(linux.EPOLL_CLOEXEC);
    if (this.#epollFd < 0) throw systemError(libc.errno(), 'epoll_create1');
    ledger.opened(this.#epollFd);
  }

  /** EPOLLERR and EPOLLHUP are always reported, whatever the interest. */
  add(fd: number, interest: number, pollable: Pollable): void {
    this.#lastTag = this.#lastTag === MAX_TAG ? 1 : this.#lastTag + 1;
    this.#pollables[fd] = pollable;
    this.#tags[fd] = this.#lastTag;
    this.#control(linux.EPOLL_CTL_ADD, fd, interest);
  }

  change(fd: number, interest: number): void {
    this.#control(linux.EPOLL_CTL_MOD, fd, interest);
  }

  /** Call it before closing a descriptor of a socket that another process may have, too. */
  remove(fd: number): void {
    this.forget(fd);
    this.#libc.epollCtl(this.#epollFd, linux.EPOLL_CTL_DEL, fd, null);
  }

  /** Call it before closing a descriptor that nobody else has: the kernel then removes it itself. */
  forget(fd: number): void {
    this.#pollables[fd] = undefined;
  }

  /** Waits for events and hands them out. Returns how many there were. */
  poll(timeoutMs: number): number {
    const words = this.#words;
    const count = this.#libc.epollWait(this.#epollFd, this.#events, MAX_EVENTS, timeoutMs);
    for (let index = 0; index < count; index++) {
      const at = index * EVENT_WORDS;
      const fd = words[at + DATA_WORD] ?? -1;
      if (this.#tags[fd] === words[at + DATA_WORD + 1]) this.#pollables[fd]?.ready(words[at] ?? 0);
    }
    // A signal may interrupt the wait: that is no event, and no failure.
    return Math.max(0, count);
  }

  close(): void {
    this.#ledger.closed(this.#epollFd);
    this.#libc.close(this.#epollFd);
  }

  #control(operation: number, fd: number, interest: number): void {
    this.#eventWords[0] = interest;
    this.#eventWords[DATA_WORD] = fd;
    this.#eventWords[DATA_WORD + 1] = this.#tags[fd] ?? 0;
    if (this.#libc.epollCtl(this.#epollFd, operation, fd, this.#event) < 0) {
      throw systemError(this.#libc.errno(), 'epoll_ctl');
    }
  }
}
