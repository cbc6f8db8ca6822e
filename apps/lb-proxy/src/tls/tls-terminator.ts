import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { ServerNameMap } from '../routing/server-names.ts';
import type { TlsCertificate } from './read-certificates.ts';

/** How a listener terminates TLS. */
export interface TlsSettings {
  /** At least one; the first is for clients that name nothing known. */
  readonly certificates: readonly TlsCertificate[];
  readonly handshakeTimeoutMs: number;
}

const MIN_VERSION = 'TLSv1.2';

/** The server's side of TLS for the clients of one worker: a certificate by the name each asks for. */
export class TlsTerminator {
  readonly handshakeTimeoutMs: number;
  #contexts = new ServerNameMap<SecureContext>();
  #default: SecureContext | undefined;

  constructor({ certificates, handshakeTimeoutMs }: TlsSettings) {
    this.handshakeTimeoutMs = handshakeTimeoutMs;
    this.use(certificates);
  }

  /** Handshakes that begin later use these; connections that exist are not touched. */
  use(certificates: readonly TlsCertificate[]): void {
    const contexts = new ServerNameMap<SecureContext>();
    const all = certificates.map(({ names, chain, key }) => {
      const context = createSecureContext({ cert: chain, key, minVersion: MIN_VERSION });
      for (const name of names) contexts.add(name, context);
      return context;
    });
    this.#contexts = contexts;
    this.#default = all[0];
  }

  /** Begins the handshake on an accepted socket, bytes put back into it included. */
  wrap(socket: Socket): TLSSocket {
    const fallback = this.#default;
    return new TLSSocket(socket, {
      isServer: true,
      ...(fallback === undefined ? {} : { secureContext: fallback }),
      SNICallback: (name, answer) => answer(null, this.#contexts.find(name.toLowerCase()) ?? fallback),
    });
  }
}
