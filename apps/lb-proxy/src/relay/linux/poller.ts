import { arch } from 'node:os';
import type { DescriptorLedger } from './descriptor-ledger.ts';
import { linux, systemError, type Libc } from './libc.ts';

/** Something with a file descriptor that wants to know when it is ready. */
export interface Pollable {
  /** `events` are bits of EPOLLIN, EPOLLOUT, EPOLLERR and EPOLLHUP. */
  ready(events: number): void;
}

/** `struct epoll_event` is packed on x64 only. */
const EVENT_BYTES = arch() === 'x64' ? 12 : 16;
const DATA_OFFSET = arch() === 'x64' ? 4 : 8;
const MAX_EVENTS = 512;

/**
 * An epoll instance, level-triggered. Each registration bears a tag of its own: an event that was fetched for a
 * descriptor closed meanwhile is recognised by it, also when the kernel has given the number out again.
 */
export class Poller {
  readonly #libc: Libc;
  readonly #ledger: DescriptorLedger;
  readonly #epollFd: number;
  readonly #events = new Uint8Array(MAX_EVENTS * EVENT_BYTES);
  readonly #view = new DataView(this.#events.buffer);
  readonly #event = new Uint8Array(EVENT_BYTES);
  readonly #eventView = new DataView(this.#event.buffer);
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
    this.#lastTag = (this.#lastTag + 1) >>> 0;
    this.#pollables[fd] = pollable;
    this.#tags[fd] = this.#lastTag;
    this.#control(linux.EPOLL_CTL_ADD, fd, interest);
  }

  change(fd: number, interest: number): void {
    this.#control(linux.EPOLL_CTL_MOD, fd, interest);
  }

  /** Call it before closing the descriptor. */
  remove(fd: number): void {
    this.#pollables[fd] = undefined;
    this.#libc.epollCtl(this.#epollFd, linux.EPOLL_CTL_DEL, fd, null);
  }

  /** Waits for events and hands them out. Returns how many there were. */
  poll(timeoutMs: number): number {
    const count = this.#libc.epollWait(this.#epollFd, this.#events, MAX_EVENTS, timeoutMs);
    for (let index = 0; index < count; index++) {
      const offset = index * EVENT_BYTES;
      const fd = this.#view.getInt32(offset + DATA_OFFSET, true);
      const tag = this.#view.getUint32(offset + DATA_OFFSET + 4, true);
      if (this.#tags[fd] === tag) this.#pollables[fd]?.ready(this.#view.getUint32(offset, true));
    }
    // A signal may interrupt the wait: that is no event, and no failure.
    return Math.max(0, count);
  }

  close(): void {
    this.#ledger.closed(this.#epollFd);
    this.#libc.close(this.#epollFd);
  }

  #control(operation: number, fd: number, interest: number): void {
    this.#eventView.setUint32(0, interest, true);
    this.#eventView.setInt32(DATA_OFFSET, fd, true);
    this.#eventView.setUint32(DATA_OFFSET + 4, this.#tags[fd] ?? 0, true);
    if (this.#libc.epollCtl(this.#epollFd, operation, fd, this.#event) < 0) {
      throw systemError(this.#libc.errno(), 'epoll_ctl');
    }
  }
}
