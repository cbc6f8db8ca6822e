import { duplexPair, Readable } from 'node:stream';
import { readFileSync } from 'node:fs';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { temporaryFolder } from '@hanok/testkit';
import { getExtensionData, readTlsClientHello } from 'read-tls-client-hello';
import { expect, it } from 'vitest';
import { parseClientHello, type HelloParse } from '../../src/routing/client-hello.ts';
import { makeCertificate } from '../fixtures/certificates.ts';
import { clientHelloFor, inRecords } from '../fixtures/client-hello.ts';
import type { Dice } from './dice.ts';
import { checkPieces, demand, fuzz, FUZZ_TIMEOUT_MS } from './fuzz.ts';

const RECORD_HEADER_BYTES = 5;
const SERVER_NAME = 0;
const GREASE = 0x0a0a;
/** OpenSSL takes a hundred times as long as the parser. */
const OPENSSL_SHARE = 0.02;

const withLength = (bytes: Buffer, lengthBytes: 1 | 2 | 3): Buffer => {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(bytes.length, 0, lengthBytes);
  return Buffer.concat([length, bytes]);
};

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

function name(dice: Dice): string {
  const label = () => 'abcXYZ019-_'.repeat(6).slice(dice.below(40)).slice(0, dice.between(1, 20));
  return Array.from({ length: dice.between(1, 4) }, label).join('.');
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([uint16(type), withLength(content, 2)]);
}

function serverName(text: string): Buffer {
  const entry = Buffer.concat([Buffer.from([0]), withLength(Buffer.from(text, 'latin1'), 2)]);
  return extension(SERVER_NAME, withLength(entry, 2));
}

/** A ClientHello in one record, put together by RFC 8446, not by what the parser does. */
function invent(dice: Dice): Buffer {
  const extensions: Buffer[] = [];
  while (dice.chance(0.7)) {
    extensions.push(extension(dice.pick([GREASE, 10, 13, 43, 51, 0xfe0d]), dice.bytes(dice.below(40))));
  }
  if (dice.chance(0.8)) extensions.splice(dice.below(extensions.length + 1), 0, serverName(name(dice)));
  const hello = Buffer.concat([
    Buffer.from([3, dice.below(5)]),
    dice.bytes(32),
    withLength(dice.bytes(dice.pick([0, 32, dice.below(40)])), 1),
    withLength(dice.bytes(2 * dice.between(1, 30)), 2),
    withLength(Buffer.from([0]), 1),
    withLength(Buffer.concat(extensions), 2),
  ]);
  const message = Buffer.concat([Buffer.from([1]), withLength(hello, 3)]);
  return Buffer.concat([Buffer.from([22, 3, dice.below(4)]), withLength(message, 2)]);
}

/** Most of them damaged, some in several records, some followed by more. */
function inventFrom(original: (dice: Dice) => Buffer): (dice: Dice) => Buffer {
  return (dice) => {
    let bytes = original(dice);
    if (dice.chance(0.6)) bytes = dice.damaged(bytes);
    if (dice.chance(0.2)) bytes = inRecords(bytes, [dice.between(1, 60), dice.between(1, 200)]);
    return dice.chance(0.3) ? Buffer.concat([bytes, dice.bytes(dice.below(30))]) : bytes;
  };
}

/** The message, if the first record holds all of it and nothing else. */
function inOneRecord(bytes: Buffer): Buffer | undefined {
  if (bytes.length < RECORD_HEADER_BYTES + 4) return undefined;
  const recordBytes = bytes.readUInt16BE(3);
  const messageBytes = 4 + bytes.readUIntBE(RECORD_HEADER_BYTES + 1, 3);
  return recordBytes === messageBytes ? bytes.subarray(0, RECORD_HEADER_BYTES + recordBytes) : undefined;
}

/** Whether a ClientHello ends where extensions would begin, which the other implementation does not know. */
function hasExtensions(record: Buffer): boolean {
  let at = RECORD_HEADER_BYTES + 4 + 2 + 32;
  at += 1 + (record[at] ?? 0);
  at += 2 + record.readUInt16BE(at);
  return at + 1 + (record[at] ?? 0) < record.length;
}

async function readElsewhere(record: Buffer): Promise<string | null> {
  const hello = await readTlsClientHello(Readable.from(record, { objectMode: false }));
  return getExtensionData(hello, 'server_name')?.serverName?.toLowerCase() ?? null;
}

it(
  'ClientHellos mean the same in pieces, and what an independent implementation reads',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const seen = { named: 0, nameless: 0, other: 0 };
    await fuzz('hello', 1, inventFrom(invent), (bytes, dice) => {
      const parsed = parseClientHello(bytes);
      const isEverywhere = dice.chance(0.005);
      const cuts = isEverywhere ? Array.from(bytes.keys()) : [dice.below(bytes.length + 1)];
      for (const at of cuts) checkPieces(bytes, at, ({ kind }) => kind !== 'more', parseClientHello);
      if (parsed.kind === 'other') seen.other += 1;
      if (parsed.kind !== 'hello') return undefined;
      seen[parsed.serverName === null ? 'nameless' : 'named'] += 1;
      const record = inOneRecord(bytes);
      if (record === undefined || !hasExtensions(record) || dice.chance(0.8)) return undefined;
      return readElsewhere(record).then((told) =>
        demand(parsed.serverName === told, `read as ${parsed.serverName}, elsewhere as ${told}`),
      );
    });
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
  },
);

type Judgement = { readonly name: string } | 'no name' | 'refused';

/** What OpenSSL, as a server, makes of these bytes. */
function judge(bytes: Buffer, context: SecureContext): Promise<Judgement> {
  const [client, server] = duplexPair();
  return new Promise((resolve) => {
    const secured = new TLSSocket(server, {
      isServer: true,
      secureContext: context,
      SNICallback: (asked) => {
        resolve({ name: asked });
        secured.destroy();
      },
    });
    secured.on('error', () => resolve('refused'));
    secured.on('close', () => resolve('refused'));
    client.once('data', (answer: Buffer) => {
      resolve(answer[0] === 22 ? 'no name' : 'refused');
      secured.destroy();
    });
    secured.on('end', () => resolve('refused'));
    secured.resume();
    client.end(bytes);
  });
}

/** The parser may be stricter than OpenSSL on what a host name is, but never sees another one. */
function agree(parsed: HelloParse, judgement: Judgement): void {
  const told = parsed.kind === 'hello' ? parsed.serverName : null;
  if (told === null || judgement === 'refused') return;
  const seen = typeof judgement === 'object' ? judgement.name.toLowerCase() : null;
  demand(told === seen, `read as ${told}, by OpenSSL as ${seen}`);
}

it('OpenSSL sees the same name in a damaged ClientHello, or none', { timeout: FUZZ_TIMEOUT_MS }, async () => {
  await using folder = temporaryFolder();
  const { chainFile, keyFile } = await makeCertificate(folder.path, ['game.test']);
  const context = createSecureContext({ cert: readFileSync(chainFile), key: readFileSync(keyFile) });
  const real = await Promise.all([clientHelloFor('Room-7.Games.example.com'), clientHelloFor(null)]);
  let named = 0;
  await fuzz(
    'openssl',
    OPENSSL_SHARE,
    inventFrom((dice) => real[dice.below(2)] ?? real[0]),
    async (bytes) => {
      const judgement = await judge(bytes, context);
      if (typeof judgement === 'object') named += 1;
      agree(parseClientHello(bytes), judgement);
    },
  );
  expect(named).toBeGreaterThan(0);
});
