import type { Server } from 'node:http';
import { BlockList, isIPv6, type Socket } from 'node:net';
import { Type } from 'typebox';
import { ConfigError } from '../config/load-config.ts';
import { parseProxyHeader } from './proxy-header.ts';

/** Longest wait for a header that has begun. */
const HEADER_TIMEOUT_MS = 3_000;

/** The setting that names the proxies in front of a service. */
export const trustedProxiesConfig = {
  trustedProxies: Type.Array(Type.String({ minLength: 2, maxLength: 49 }), {
    default: [],
    maxItems: 64,
    description:
      'Addresses or ranges (10.0.0.0/8) of proxies whose word for the address of a client is taken: a PROXY header (v1 or v2) at the start of a connection, or X-Forwarded-For',
  }),
};

/** Whether an address is that of a trusted proxy. */
export type IsTrusted = (address: string) => boolean;

/** Addresses and ranges as a question. @throws ConfigError for what is neither. */
export function trusting(proxies: readonly string[]): IsTrusted {
  const list = new BlockList();
  for (const entry of proxies) {
    const [address = '', prefix] = entry.split('/');
    try {
      if (prefix === undefined) list.addAddress(address, familyOf(address));
      else list.addSubnet(address, Number(prefix), familyOf(address));
    } catch {
      throw new ConfigError([`TRUSTED_PROXIES: ${entry} is neither an address nor a range`]);
    }
  }
  return (address) => list.check(address, familyOf(address));
}

/**
 * Takes the word of trusted proxies for whose connection it is: the socket then has the client's address. A trusted
 * proxy may also connect without a header, for a health check; nobody else's header is taken for one.
 */
export function acceptProxyHeaders(server: Server, isTrusted: IsTrusted): void {
  /** Whom the open connections of proxies are for; a TLS socket has its proxy's address again. */
  const clients = new Map<string, string>();
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const pass = (): void => {
      for (const listener of listeners) Reflect.apply(listener, server, [socket]);
    };
    if (!isTrusted(socket.remoteAddress ?? '')) {
      pass();
      return;
    }
    readHeader(socket, (address) => {
      if (address !== undefined) {
        const peer = peerOf(socket);
        clients.set(peer, address);
        socket.once('close', () => clients.delete(peer));
        setAddress(socket, address);
      }
      pass();
    });
  });
  server.prependListener('secureConnection', (socket: Socket) => {
    const address = clients.get(peerOf(socket));
    if (address !== undefined) setAddress(socket, address);
  });
}

/** Reads a header if there is one, and leaves in the socket what follows it. */
function readHeader(socket: Socket, done: (address: string | undefined) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const stop = (): void => {
    clearTimeout(timer);
    socket.off('readable', read);
    socket.off('error', stop);
    socket.off('close', stop);
  };
  const give = (rest: Buffer, address: string | undefined): void => {
    stop();
    if (rest.length > 0) socket.unshift(rest);
    done(address);
  };
  const read = (): void => {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    bytes = Buffer.concat([bytes, chunk]);
    const header = parseProxyHeader(bytes);
    if (header.kind === 'none') give(bytes, undefined);
    else if (header.kind === 'header') give(bytes.subarray(header.sizeBytes), header.address);
    else if (header.kind === 'malformed') socket.destroy();
  };
  // A connection without its first byte is idle like any other; only a header that has begun must go on.
  const timer = setTimeout(() => {
    if (bytes.length > 0) socket.destroy();
    else give(bytes, undefined);
  }, HEADER_TIMEOUT_MS);
  socket.on('readable', read);
  socket.once('error', stop);
  socket.once('close', stop);
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function setAddress(socket: Socket, address: string): void {
  Object.defineProperty(socket, 'remoteAddress', { value: address, configurable: true });
}
