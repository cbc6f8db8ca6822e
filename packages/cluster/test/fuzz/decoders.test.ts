import { seededRng } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { decodePeerMessage, encodePeerMessage } from '../../src/membership/peer-message.ts';
import { decodeClusterMessage } from '../../src/raft/node/cluster-message.ts';
import {
  decodeIdentity,
  decodeLogRecord,
  encodeIdentity,
  encodeLogRecord,
  readSnapshot,
  writeSnapshot,
} from '../../src/raft/storage/record-codec.ts';
import { decodeMembers, decodePacket, encodeMembers, encodePacket } from '../../src/swim/swim-codec.ts';
import { ByteReader } from '../../src/wire/byte-reader.ts';
import { ByteWriter } from '../../src/wire/byte-writer.ts';
import { DatagramBox } from '../../src/wire/datagram-box.ts';
import { FrameCipher } from '../../src/wire/frame-cipher.ts';
import { KeyRing } from '../../src/wire/key-ring.ts';
import { decodeHello, encodeHello, makeHello } from '../../src/wire/stream-hello.ts';
import { WireError } from '../../src/wire/wire-error.ts';
import { fuzzRuns, fuzzSeed, mutate } from './mutate.ts';
import { entries, members, samples, snapshot } from './samples.ts';

const ring = new KeyRing('game', [Buffer.alloc(32, 1)]);

function snapshotBytes(): Uint8Array {
  const writer = new ByteWriter();
  writeSnapshot(writer, snapshot);
  return writer.finish();
}

interface Decoder {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  readonly decode: (bytes: Buffer) => unknown;
  /** For strict decoders: there is one form of each message only. */
  readonly encode?: (value: never) => Uint8Array;
}

const decoders: readonly Decoder[] = [
  { name: 'gossip', samples: samples.packets, decode: decodePacket, encode: encodePacket },
  {
    name: 'whole states',
    samples: [encodeMembers(members), encodeMembers([])],
    decode: decodeMembers,
    encode: encodeMembers,
  },
  {
    name: 'questions of members',
    samples: samples.peerMessages,
    decode: decodePeerMessage,
    encode: encodePeerMessage,
  },
  { name: 'messages of voters', samples: samples.clusterMessages, decode: decodeClusterMessage },
  {
    name: 'greetings of streams',
    samples: [encodeHello(ring, makeHello('raft', ring.primary))],
    decode: (bytes) => decodeHello(ring, bytes),
    encode: (hello) => encodeHello(ring, hello),
  },
  {
    name: 'identities of disks',
    samples: [encodeIdentity({ nodeId: 'n1', storageId: 'disk' })],
    decode: decodeIdentity,
  },
  {
    name: 'records of the log',
    samples: [
      encodeLogRecord({ hardState: { term: 3, vote: 'n1', commit: 4 }, entries }),
      encodeLogRecord({ hardState: { term: 300, vote: null, commit: 0 }, entries: [] }),
    ],
    decode: decodeLogRecord,
    encode: encodeLogRecord,
  },
  {
    name: 'snapshots',
    samples: [snapshotBytes()],
    decode: (bytes) => {
      const reader = new ByteReader(bytes);
      readSnapshot(reader);
      reader.finish();
    },
  },
];

describe('every decoder takes what is right and refuses the rest with a WireError (seeded)', () => {
  it.each(decoders)('$name', { timeout: 3_600_000 }, ({ name, samples: right, decode, encode }) => {
    for (const sample of right) expect(() => decode(Buffer.from(sample))).not.toThrow();
    const rng = seededRng(`${fuzzSeed} ${name}`);
    let refused = 0;
    for (let run = 0; run < fuzzRuns; run += 1) {
      const bytes = mutate(right[run % right.length] ?? Buffer.alloc(0), rng);
      try {
        const value = decode(bytes);
        const again = encode?.(value as never);
        if (again !== undefined && !bytes.equals(again)) throw new Error('two forms of one message');
      } catch (error) {
        if (!(error instanceof WireError)) {
          throw new Error(`run ${run} of ${fuzzSeed}: ${bytes.toString('hex')}`, { cause: error });
        }
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(fuzzRuns / 4);
  });
});

describe('what is sealed opens as it was, once, or not at all (seeded)', () => {
  it('datagrams', { timeout: 3_600_000 }, () => {
    const rng = seededRng(`${fuzzSeed} datagrams`);
    const [sender, receiver] = [new DatagramBox(ring), new DatagramBox(ring)];
    for (let run = 0; run < fuzzRuns; run += 1) {
      const sealed = sender.seal(samples.packets[run % samples.packets.length] ?? Buffer.alloc(1));
      const bytes = mutate(sealed, rng);
      const opened = receiver.open(bytes);
      expect(opened.ok, `run ${run}: ${bytes.toString('hex')}`).toBe(bytes.equals(sealed));
      expect(receiver.open(bytes).ok).toBe(false);
    }
  });

  it('frames of streams', { timeout: 3_600_000 }, () => {
    const rng = seededRng(`${fuzzSeed} frames`);
    const key = Buffer.alloc(32, 3);
    for (let run = 0; run < fuzzRuns; run += 1) {
      const body = new FrameCipher(key).seal(Buffer.alloc(run % 50, run)).subarray(4);
      const bytes = mutate(body, rng);
      let opened: unknown;
      try {
        opened = new FrameCipher(key).open(bytes);
      } catch (error) {
        opened = error;
      }
      expect(opened instanceof WireError, `run ${run}: ${bytes.toString('hex')}`).toBe(!bytes.equals(body));
    }
  });
});
