import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMembers, decodePacket, encodeMembers, encodePacket } from '../../src/swim/swim-codec.ts';
import type { Member, Packet, SwimMessage, Update } from '../../src/swim/swim-types.ts';
import { WireError } from '../../src/wire/wire-error.ts';

const runs = { seed: 20_260_102, numRuns: 500 };
const id = fc.string({ minLength: 1, maxLength: 32 });
const seq = fc.nat({ max: 2 ** 32 - 1 });
const incarnation = fc.maxSafeNat().map((number) => number % 2 ** 52);
const address = fc.record({
  host: fc.string({ minLength: 1, maxLength: 60 }),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const metadata = fc.uint8Array({ maxLength: 512 });

const message: fc.Arbitrary<SwimMessage> = fc.oneof(
  fc.record({ type: fc.constant('ping' as const), seq, target: id, from: id }),
  fc.record({ type: fc.constantFrom('ack' as const, 'nack' as const), seq }),
  fc.record({ type: fc.constant('ping-request' as const), seq, target: id, from: id, address }),
  fc.constant({ type: 'gossip' as const }),
);
const update: fc.Arbitrary<Update> = fc.oneof(
  fc.record({ type: fc.constant('alive' as const), id, incarnation, address, metadata }),
  fc.record({ type: fc.constantFrom('suspect' as const, 'dead' as const), id, incarnation, from: id }),
  fc.record({ type: fc.constant('left' as const), id, incarnation }),
);
const packet: fc.Arbitrary<Packet> = fc.record({ message, updates: fc.array(update, { maxLength: 8 }) });
const member: fc.Arbitrary<Member> = fc.record({
  id,
  address,
  incarnation,
  metadata,
  liveness: fc.constantFrom('alive' as const, 'suspect' as const, 'dead' as const, 'left' as const),
});

/** A decoder either gives something or throws a `WireError`; anything else is a fault of it. */
function decodesOrRefuses(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch (error) {
    return error instanceof WireError;
  }
}

describe('packets and whole states', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(packet, fc.array(member, { maxLength: 20 }), (sent, members) => {
        expect(decodePacket(encodePacket(sent))).toEqual(sent);
        expect(decodeMembers(encodeMembers(members))).toEqual(members);
      }),
      runs,
    );
  });

  it('are refused when they are cut short', () => {
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 5 }), fc.nat(), (members, cut) => {
        const bytes = encodeMembers(members);
        expect(() => decodeMembers(bytes.subarray(0, cut % bytes.length))).toThrow(WireError);
      }),
      runs,
    );
  });

  it('never break the reader, whatever the bytes', () => {
    fc.assert(
      fc.property(
        packet,
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 5 }),
        fc.uint8Array(),
        (sent, changes, noise) => {
          const bytes = Uint8Array.from(encodePacket(sent));
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          expect(decodesOrRefuses(decodePacket, bytes)).toBe(true);
          expect(decodesOrRefuses(decodeMembers, bytes)).toBe(true);
          expect(decodesOrRefuses(decodePacket, noise)).toBe(true);
          expect(decodesOrRefuses(decodeMembers, noise)).toBe(true);
        },
      ),
      runs,
    );
  });
});
