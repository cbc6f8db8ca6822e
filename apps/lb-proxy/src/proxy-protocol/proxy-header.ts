/** Both ends of a connection as a proxy before this one saw it. */
export interface ProxiedAddresses {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

/** A type-length-value field of a version 2 header. */
export interface ProxyTlv {
  readonly type: number;
  readonly value: Uint8Array;
}

export interface ProxyHeader {
  readonly version: 1 | 2;
  /** Bytes the header takes; the client's own begin behind it. */
  readonly sizeBytes: number;
  /** Null when the proxy speaks for itself (LOCAL) or does not know (UNKNOWN). */
  readonly addresses: ProxiedAddresses | null;
  readonly tlvs: readonly ProxyTlv[];
}

/** What the first bytes of a connection say: a header, its beginning, or no header at all. */
export type ProxyParse =
  | { readonly kind: 'header'; readonly header: ProxyHeader }
  | { readonly kind: 'more' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Longest header accepted, bytes; the specification's own examples stay far below. */
export const MAX_HEADER_BYTES = 2_048;

/** First bytes of a version 2 header. */
export const V2_SIGNATURE = Uint8Array.of(
  0x0d,
  0x0a,
  0x0d,
  0x0a,
  0x00,
  0x0d,
  0x0a,
  0x51,
  0x55,
  0x49,
  0x54,
  0x0a,
);

/** Sizes and codes of a version 2 header: the specification, section 2.2. */
export const V2 = {
  fixedBytes: 16,
  tlvHeadBytes: 3,
  local: 0x20,
  proxy: 0x21,
  unspecified: 0x00,
  tcp4: 0x11,
  tcp6: 0x21,
} as const;

/** Type of the TLV with the name the client asked for by TLS. */
export const TLV_AUTHORITY = 0x02;
/** Type of the TLV that holds the checksum of a version 2 header. */
export const TLV_CRC32C = 0x03;
/** Type of the TLV that only fills space. */
export const TLV_NOOP = 0x04;

export const malformed = (reason: string): ProxyParse => ({ kind: 'malformed', reason });
