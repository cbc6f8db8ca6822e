import { BlockList, isIPv6 } from 'node:net';
import { plainAddress } from '../data-plane/source-address.ts';
import type { ConnectionAddresses } from '../relay/relay-engine.ts';
import { encodeProxyHeader } from './encode-header.ts';
import { TLV_AUTHORITY, TLV_CRC32C, TLV_NOOP, type ProxiedAddresses, type ProxyTlv } from './proxy-header.ts';

/** An address range: `10.0.0.0/8`, or a single address as /32 or /128. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
}

export interface ProxySettings {
  /** Proxies in front of this one, whose connections begin with a header. */
  readonly from: readonly Network[];
  /** Version of the header that backends get; 0: none. */
  readonly to: 0 | 1 | 2;
  /** Longest wait for a header to be complete. */
  readonly headerTimeoutMs: number;
}

/** A connection's own ends, as a header tells them. */
export function proxiedOf({ remote, local }: ConnectionAddresses): ProxiedAddresses {
  return {
    source: plainAddress(remote.host),
    sourcePort: remote.port,
    destination: plainAddress(local.host),
    destinationPort: local.port,
  };
}

/** Who must send a PROXY header, and which header backends get. */
export class ProxyPolicy {
  readonly headerTimeoutMs: number;
  readonly #trusted = new BlockList();
  readonly #trustsAnyone: boolean;
  readonly #version: 0 | 1 | 2;

  constructor({ from, to, headerTimeoutMs }: ProxySettings) {
    this.headerTimeoutMs = headerTimeoutMs;
    this.#version = to;
    this.#trustsAnyone = from.length > 0;
    for (const { address, prefix } of from) {
      this.#trusted.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4');
    }
  }

  /** A header from anyone else would be a claim that nobody vouches for: it is relayed like any other bytes. */
  expectsHeader(address: string): boolean {
    if (!this.#trustsAnyone) return false;
    const plain = plainAddress(address);
    return this.#trusted.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  }

  /** Backends get a header. */
  get greets(): boolean {
    return this.#version !== 0;
  }

  /**
   * What a backend is sent first, if anything; with null it is told that the client is not known.
   * @param told fields of the header that came with the client: they are passed on
   * @param serverName the name it asked for, where TLS was ended here
   */
  greeting(
    addresses: ProxiedAddresses | null,
    told: readonly ProxyTlv[] = [],
    serverName: string | null = null,
  ): Uint8Array | undefined {
    if (this.#version === 0) return undefined;
    const own = serverName === null ? [] : [{ type: TLV_AUTHORITY, value: Buffer.from(serverName) }];
    const replaced = new Set([TLV_CRC32C, TLV_NOOP, ...own.map(({ type }) => type)]);
    return encodeProxyHeader(this.#version, addresses, [
      ...own,
      ...told.filter(({ type }) => !replaced.has(type)),
    ]);
  }
}
