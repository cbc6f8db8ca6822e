import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Clock } from '@hanok/service-kit';
import { decodePacket, encodePacket } from '../swim/swim-codec.ts';
import type { Address, Packet } from '../swim/swim-types.ts';
import { DatagramBox } from '../wire/datagram-box.ts';
import type { DropCounts } from '../wire/drop-counts.ts';
import type { KeyRing } from '../wire/key-ring.ts';
import { WireError } from '../wire/wire-error.ts';
import { HostLookup } from './host-lookup.ts';

/** Where and how to take datagrams. */
export interface DatagramSocketOptions {
  readonly host: string;
  readonly port: number;
  readonly ring: KeyRing;
  readonly drops: DropCounts;
  readonly clock: Clock;
  readonly onPacket: (packet: Packet, from: Address) => void;
}

/** Sealed packets over UDP. What cannot be sent is lost, as any datagram may be; what cannot be opened is counted. */
export class DatagramSocket {
  readonly #options: DatagramSocketOptions;
  readonly #box: DatagramBox;
  readonly #socket: Socket;
  #closed = false;

  constructor(options: DatagramSocketOptions) {
    this.#options = options;
    this.#box = new DatagramBox(options.ring);
    const family = isIPv6(options.host) ? 6 : 4;
    this.#socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      lookup: new HostLookup(options.clock, family).lookup,
    });
    this.#socket.on('message', (bytes, remote) => this.#take(bytes, remote));
  }

  /** @throws the system's error, e.g. EADDRINUSE. */
  async bind(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject);
      this.#socket.bind({ address: host, port, exclusive: true }, () => {
        this.#socket.off('error', reject);
        // Errors of single datagrams (a host that refuses them) say nothing that the protocol does not find out.
        this.#socket.on('error', () => undefined);
        resolve();
      });
    });
  }

  send(to: Address, packet: Packet): void {
    if (this.#closed) return;
    this.#socket.send(this.#box.seal(encodePacket(packet)), to.port, to.host, () => undefined);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  #take(bytes: Buffer, remote: RemoteInfo): void {
    const opened = this.#box.open(bytes);
    if (!opened.ok) {
      this.#options.drops.add(opened.reason);
      return;
    }
    let packet: Packet;
    try {
      packet = decodePacket(opened.payload);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#options.drops.add(error.reason);
      return;
    }
    this.#options.onPacket(packet, { host: remote.address, port: remote.port });
  }
}
