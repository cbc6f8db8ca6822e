import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from '@hanok/service-kit';

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

interface Known {
  readonly address: string;
  readonly until: number;
}

const keptMs = 30_000;
const maxKept = 4_096;

/**
 * Resolves host names for datagrams, and remembers the answers for 30 s: a socket would otherwise ask for each
 * datagram. A name that cannot be resolved any more keeps its last address: members must outlive their name server.
 */
export class HostLookup {
  readonly #clock: Clock;
  readonly #family: 4 | 6;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock, family: 4 | 6) {
    this.#clock = clock;
    this.#family = family;
  }

  /** Of the form that `dgram.createSocket` takes. */
  readonly lookup = (host: string, _options: unknown, callback: LookupCallback): void => {
    const family = isIP(host);
    if (family !== 0) {
      callback(null, host, family);
      return;
    }
    const known = this.#known.get(host);
    if (known !== undefined && this.#clock.monotonicMs() < known.until) {
      callback(null, known.address, this.#family);
      return;
    }
    lookup(host, { family: this.#family }, (error, address) => {
      if (error === null) this.#remember(host, address);
      const found = error === null ? address : known?.address;
      if (found === undefined) callback(error, '', this.#family);
      else callback(null, found, this.#family);
    });
  };

  #remember(host: string, address: string): void {
    this.#known.delete(host);
    if (this.#known.size >= maxKept) this.#known.clear();
    this.#known.set(host, { address, until: this.#clock.monotonicMs() + keptMs });
  }
}
