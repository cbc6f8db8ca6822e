import { isIPv4, isIPv6 } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import {
  Command,
  IPv4ProxyAddress,
  IPv6ProxyAddress,
  V1BinaryProxyProtocol,
  V2ProxyProtocol,
} from 'proxy-protocol-js';
import { expect, it } from 'vitest';
import { encodeProxyHeader } from '../../src/proxy-protocol/encode-header.ts';
import { parseProxyHeader } from '../../src/proxy-protocol/parse-header.ts';
import {
  MAX_HEADER_BYTES,
  V2_SIGNATURE,
  type ProxiedAddresses,
  type ProxyParse,
} from '../../src/proxy-protocol/proxy-header.ts';
import type { Dice } from './dice.ts';
import { checkPieces, demand, fuzz, FUZZ_TIMEOUT_MS } from './fuzz.ts';

const V1_LINE_BYTES = 107;
const V2_FIXED_BYTES = 16;
const TCP4 = 0x11;
const TCP6 = 0x21;

function address(dice: Dice, family: 4 | 6): string {
  if (family === 4) return [...dice.bytes(4)].join('.');
  const groups = Array.from({ length: 8 }, () => dice.pick([0, 1, dice.below(65_536)]).toString(16));
  return dice.chance(0.5) ? groups.join(':') : new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function port(dice: Dice): number {
  return dice.pick([0, 1, 80, 65_535, 65_536, dice.below(70_000)]);
}

function line(dice: Dice): Buffer {
  if (dice.chance(0.1)) {
    return Buffer.from(
      dice.pick(['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff::1 ::2 1 2\r\n', 'PROXY UNKNOWN']),
    );
  }
  const family = dice.pick([4, 6] as const);
  const stated = dice.chance(0.95) ? family : 10 - family;
  const [from, to] = [address(dice, family), address(dice, family)];
  return Buffer.from(`PROXY TCP${stated} ${from} ${to} ${port(dice)} ${port(dice)}\r\n`);
}

function binary(dice: Dice): Buffer {
  const family = dice.pick([TCP4, TCP6, TCP4, TCP6, 0x00, 0x12, 0x31, dice.below(256)]);
  const addressBytes = family === TCP4 ? 12 : family === TCP6 ? 36 : dice.below(20);
  const fields: Buffer[] = [];
  while (dice.chance(0.4)) {
    const value = dice.bytes(dice.below(12));
    fields.push(Buffer.from([dice.pick([1, 2, 4, 5, 0x20, 0xe0]), 0, value.length]), value);
  }
  const body = Buffer.concat([dice.bytes(addressBytes), ...fields]);
  const command = dice.pick([0x21, 0x21, 0x21, 0x20, 0x22, 0x11]);
  return Buffer.concat([
    V2_SIGNATURE,
    Buffer.from([command, family, body.length >> 8, body.length & 255]),
    body,
  ]);
}

function ours(dice: Dice): Buffer {
  const family = dice.pick([4, 6] as const);
  const addresses = {
    source: address(dice, family),
    destination: address(dice, family),
    sourcePort: dice.below(65_536),
    destinationPort: dice.below(65_536),
  };
  return encodeProxyHeader(dice.pick([1, 2] as const), dice.chance(0.1) ? null : addresses);
}

function invent(dice: Dice): Buffer {
  const header = dice.pick([line, binary, ours])(dice);
  const followed = Buffer.concat([header, dice.bytes(dice.below(24))]);
  return dice.chance(0.6) ? dice.damaged(followed) : followed;
}

/** What the other implementation reads: undefined when it refuses; null when the client is not known. */
function readElsewhere(bytes: Buffer): { addresses: ProxiedAddresses | null; version: 1 | 2 } | undefined {
  try {
    return bytes[0] === 0x50 ? readV1(bytes) : readV2(bytes);
  } catch {
    return undefined;
  }
}

function readV1(bytes: Buffer): { addresses: ProxiedAddresses | null; version: 1 } {
  // It reads an UNKNOWN only in the long form.
  if (bytes.subarray(0, 13).toString('latin1') === 'PROXY UNKNOWN') return { version: 1, addresses: null };
  const { source, destination } = V1BinaryProxyProtocol.parse(bytes) ?? {};
  if (source === undefined || destination === undefined) throw new Error('it has no addresses');
  const addresses = {
    source: source.ipAddress,
    destination: destination.ipAddress,
    sourcePort: source.port,
    destinationPort: destination.port,
  };
  return { version: 1, addresses };
}

function readV2(bytes: Buffer): { addresses: ProxiedAddresses | null; version: 2 } {
  const parsed = V2ProxyProtocol.parse(new Uint8Array(bytes));
  const told = parsed.proxyAddress;
  if (parsed.command === Command.LOCAL) return { version: 2, addresses: null };
  if (!(told instanceof IPv4ProxyAddress) && !(told instanceof IPv6ProxyAddress)) {
    return { version: 2, addresses: null };
  }
  const addresses = {
    source: textOf([...told.sourceAddress.address]),
    destination: textOf([...told.destinationAddress.address]),
    sourcePort: told.sourcePort,
    destinationPort: told.destinationPort,
  };
  return { version: 2, addresses };
}

function textOf(octets: readonly number[]): string {
  if (octets.length === 4) return octets.join('.');
  const groups = octets.flatMap((octet, at) =>
    at % 2 === 0 ? [(octet * 256 + (octets[at + 1] ?? 0)).toString(16)] : [],
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** Whether the rules that the other implementation leaves out forbid what it has read. */
function isForbidden(
  bytes: Buffer,
  { version, addresses }: { version: 1 | 2; addresses: ProxiedAddresses | null },
) {
  if (version === 2) return isForbiddenV2(bytes);
  const end = bytes.indexOf('\n') + 1;
  if (end === 0 || end > V1_LINE_BYTES) return true;
  const words = bytes.subarray(0, end).toString('latin1');
  if (addresses === null) return !/^PROXY UNKNOWN( [^\r]*)?\r\n$/.test(words);
  const { source, destination, sourcePort, destinationPort } = addresses;
  const isAddress = words.startsWith('PROXY TCP4') ? isIPv4 : isIPv6;
  const written = `PROXY ${words.slice(6, 10)} ${source} ${destination} ${sourcePort} ${destinationPort}\r\n`;
  return (
    words !== written ||
    Math.max(sourcePort, destinationPort) > 65_535 ||
    ![source, destination].every((text) => isAddress(text) && !text.includes('%'))
  );
}

function isForbiddenV2(bytes: Buffer): boolean {
  const family = bytes[13];
  const size = V2_FIXED_BYTES + bytes.readUInt16BE(14);
  if (size > MAX_HEADER_BYTES || size > bytes.length) return true;
  const addressBytes = family === TCP4 ? 12 : family === TCP6 ? 36 : family === 0 ? 0 : undefined;
  if (addressBytes === undefined) return true;
  let at = V2_FIXED_BYTES + addressBytes;
  while (at + 3 <= size) {
    // A checksum that came about by damage is as good as never right; right ones are tested elsewhere.
    if (bytes[at] === 3) return true;
    at += 3 + bytes.readUInt16BE(at + 1);
  }
  return at !== size;
}

/** Whatever is taken for a header must be one elsewhere, and whatever is refused one that strict rules forbid. */
function compare(parsed: ProxyParse, bytes: Buffer): void {
  const told = readElsewhere(bytes);
  if (parsed.kind === 'header') {
    const { version, addresses } = parsed.header;
    const isSame = isDeepStrictEqual(told, { version, addresses });
    demand(isSame, `read as ${JSON.stringify(addresses)}, elsewhere as ${JSON.stringify(told)}`);
  } else if (parsed.kind === 'malformed' && told !== undefined) {
    demand(isForbidden(bytes, told), `refused for ${parsed.reason}`);
  }
}

const verdictOf = (parsed: ProxyParse) =>
  parsed.kind === 'header' ? { ...parsed, sizeBytes: parsed.header.sizeBytes } : { kind: parsed.kind };

it(
  'PROXY headers mean the same in pieces, and what an independent implementation reads',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const seen = { header: 0, more: 0, malformed: 0 };
    await fuzz('proxy', 1, invent, (bytes, dice) => {
      const parsed = parseProxyHeader(bytes);
      seen[parsed.kind] += 1;
      const parse = (part: Buffer) => verdictOf(parseProxyHeader(part));
      const everywhere = dice.chance(0.01);
      const cuts = everywhere ? Array.from(bytes.keys()) : [dice.below(bytes.length + 1)];
      for (const at of cuts) checkPieces(bytes, at, ({ kind }) => kind !== 'more', parse);
      compare(parsed, bytes);
    });
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  },
);
