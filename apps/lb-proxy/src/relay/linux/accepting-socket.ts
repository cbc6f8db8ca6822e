import { errorName, linux, systemError } from './libc.ts';
import type { LegHost } from './leg-host.ts';
import type { Pollable } from './poller.ts';

/** Clients accepted in one go, so that a flood of them does not hold up those that are relayed. */
const MAX_ACCEPTS = 64;
/** Pause in accepting when no descriptor is free: the kernel would report the listener over and over. */
const EXHAUSTED_PAUSE_MS = 100;

/** Errors of `accept` that are this machine's; the others concern a client that has already gone. */
const exhausted: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

/** Who is told of clients. */
export interface AcceptEvents {
  accepted(fd: number, address: string): void;
  failed(error: Error): void;
}

/** A listening socket that accepts until it is closed, with pauses. */
export class AcceptingSocket implements Pollable {
  readonly descriptor: number;
  readonly #host: LegHost;
  readonly #events: AcceptEvents;
  #paused = false;
  #closed = false;

  constructor(descriptor: number, host: LegHost, events: AcceptEvents) {
    this.descriptor = descriptor;
    this.#host = host;
    this.#events = events;
    host.poller.add(descriptor, linux.EPOLLIN, this);
  }

  ready(): void {
    for (let accepted = 0; accepted < MAX_ACCEPTS && !this.#closed; accepted++) {
      const fd = this.#host.sockets.accept(this.descriptor);
      if (fd >= 0) {
        this.#events.accepted(fd, this.#host.sockets.acceptedAddress);
        continue;
      }
      if (exhausted.has(errorName(-fd))) this.#rest(-fd);
      return;
    }
  }

  pause(): void {
    this.#paused = true;
    this.#listenTo(0);
  }

  resume(): void {
    this.#paused = false;
    this.#listenTo(linux.EPOLLIN);
  }

  /** Closes this process's descriptor; another process that has one, too, goes on listening. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#host.poller.remove(this.descriptor);
    this.#host.sockets.close(this.descriptor);
  }

  #rest(errno: number): void {
    this.#events.failed(systemError(errno, 'accept4'));
    this.#listenTo(0);
    setTimeout(() => {
      if (!this.#paused) this.#listenTo(linux.EPOLLIN);
    }, EXHAUSTED_PAUSE_MS);
  }

  #listenTo(interest: number): void {
    if (!this.#closed) this.#host.poller.change(this.descriptor, interest);
  }
}
