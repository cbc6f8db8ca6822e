/** Most bytes looked at, record headers included; a longer ClientHello is not read. */
export const MAX_HELLO_BYTES = 16_384;

/**
 * What the first bytes of a client are: a ClientHello with the name it asks for, in lower case (null: it names
 * none), the beginning of one, or something else.
 */
export type HelloParse =
  | { readonly kind: 'hello'; readonly serverName: string | null }
  | { readonly kind: 'more' }
  | { readonly kind: 'other'; readonly reason: string };

const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_RECORD = 22;
const MAJOR_VERSION = 3;
const MAX_FRAGMENT_BYTES = 16_384;
const HANDSHAKE_HEADER_BYTES = 4;
const CLIENT_HELLO = 1;
const RANDOM_BYTES = 32;
const MAX_SESSION_ID_BYTES = 32;
const SERVER_NAME = 0;
const HOST_NAME = 0;
/** Letters, digits, dashes and underscores in labels of up to 63; no dot at the end (RFC 6066, section 3). */
const DNS_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

const MORE: HelloParse = { kind: 'more' };

/**
 * Reads the server name off a TLS ClientHello without decrypting anything (RFC 8446, sections 4.1.2 and 5.1; RFC
 * 6066, section 3), also when it is spread over several records. Strict: lengths must fit each other exactly, and
 * what is not a well-formed ClientHello is `other`. Says `more` only while the bytes may still become one, and
 * never at MAX_HELLO_BYTES or beyond.
 */
export function parseClientHello(bytes: Uint8Array): HelloParse {
  const seen = bytes.subarray(0, MAX_HELLO_BYTES);
  const fragments: Uint8Array[] = [];
  let gathered = 0;
  let messageBytes = HANDSHAKE_HEADER_BYTES;
  for (let at = 0; gathered < messageBytes;) {
    const wrong = wrongRecord(seen, at);
    if (wrong !== undefined) return other(wrong);
    if (seen.length < at + RECORD_HEADER_BYTES) return moreUnlessFull(bytes);
    const start = at + RECORD_HEADER_BYTES;
    const end = start + readUint16(seen, at + 3);
    const fragment = seen.subarray(start, Math.min(end, seen.length));
    fragments.push(fragment);
    gathered += fragment.length;
    if (messageBytes === HANDSHAKE_HEADER_BYTES && gathered > 0) {
      const header = firstBytes(fragments, HANDSHAKE_HEADER_BYTES);
      if (header[0] !== CLIENT_HELLO) return other('the first handshake message is no ClientHello');
      if (header.length === HANDSHAKE_HEADER_BYTES) messageBytes += readUint24(header, 1);
      if (messageBytes > MAX_HELLO_BYTES) return other('the ClientHello is too long');
    }
    if (gathered < messageBytes && seen.length < end) return moreUnlessFull(bytes);
    at = end;
  }
  const message = firstBytes(fragments, messageBytes);
  try {
    return { kind: 'hello', serverName: readHello(new Reader(message.subarray(HANDSHAKE_HEADER_BYTES))) };
  } catch (error) {
    if (error instanceof MalformedHello) return other(error.message);
    throw error;
  }
}

class MalformedHello extends Error {}

/** Reads forward through bytes that are complete: whoever wants more than there is, is reading nonsense. */
class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  uint8(): number {
    return this.take(1)[0] ?? 0;
  }

  uint16(): number {
    return readUint16(this.take(2), 0);
  }

  take(sizeBytes: number): Uint8Array {
    const end = this.#at + sizeBytes;
    if (end > this.#bytes.length) throw new MalformedHello('a length goes beyond its end');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** The next `sizeBytes`, to be read by themselves. */
  part(sizeBytes: number): Reader {
    return new Reader(this.take(sizeBytes));
  }
}

function readHello(hello: Reader): string | null {
  demand(hello.uint8() === MAJOR_VERSION, 'not a version of TLS');
  hello.take(1 + RANDOM_BYTES);
  const sessionIdBytes = hello.uint8();
  demand(sessionIdBytes <= MAX_SESSION_ID_BYTES, 'the session id is too long');
  hello.take(sessionIdBytes);
  const suitesBytes = hello.uint16();
  demand(suitesBytes >= 2 && suitesBytes % 2 === 0, 'cipher suites are two bytes each');
  hello.take(suitesBytes);
  const compressionBytes = hello.uint8();
  demand(compressionBytes >= 1, 'there is always a compression method');
  hello.take(compressionBytes);
  if (hello.isAtEnd) return null;
  const extensions = hello.part(hello.uint16());
  demand(hello.isAtEnd, 'bytes after the extensions');
  return readExtensions(extensions);
}

function readExtensions(extensions: Reader): string | null {
  let serverName: string | null = null;
  while (!extensions.isAtEnd) {
    const type = extensions.uint16();
    const content = extensions.part(extensions.uint16());
    if (type !== SERVER_NAME) continue;
    demand(serverName === null, 'two server name extensions');
    serverName = readServerName(content);
  }
  return serverName;
}

/** The one host name of the list; other types of names were never defined. */
function readServerName(content: Reader): string {
  const list = content.part(content.uint16());
  demand(content.isAtEnd, 'bytes after the server names');
  demand(list.uint8() === HOST_NAME, 'the server name is no host name');
  const name = Buffer.from(list.take(list.uint16())).toString('latin1').toLowerCase();
  demand(list.isAtEnd, 'more than one server name');
  demand(DNS_NAME.test(name), 'the server name is no host name');
  return name;
}

function demand(isSo: boolean, reason: string): void {
  if (!isSo) throw new MalformedHello(reason);
}

/** Why no record of a handshake can begin at `at`, judged by as much of its header as there is. */
function wrongRecord(bytes: Uint8Array, at: number): string | undefined {
  if (bytes.length > at && bytes[at] !== HANDSHAKE_RECORD) return 'not a handshake record';
  if (bytes.length > at + 1 && bytes[at + 1] !== MAJOR_VERSION) return 'not a record of TLS';
  if (bytes.length < at + RECORD_HEADER_BYTES) return undefined;
  const sizeBytes = readUint16(bytes, at + 3);
  return sizeBytes < 1 || sizeBytes > MAX_FRAGMENT_BYTES ? 'a record of impossible length' : undefined;
}

function firstBytes(fragments: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const [first] = fragments;
  return first !== undefined && first.length >= sizeBytes
    ? first.subarray(0, sizeBytes)
    : Buffer.concat(fragments).subarray(0, sizeBytes);
}

function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function readUint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | readUint16(bytes, at + 1);
}

function moreUnlessFull(bytes: Uint8Array): HelloParse {
  return bytes.length < MAX_HELLO_BYTES ? MORE : other('the ClientHello is too long');
}

function other(reason: string): HelloParse {
  return { kind: 'other', reason };
}
