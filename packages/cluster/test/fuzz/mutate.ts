import type { Rng } from '@hanok/service-kit';

/** How many inputs each decoder gets; `FUZZ_RUNS=1000000` for the long proof. */
export const fuzzRuns = Number(process.env['FUZZ_RUNS'] ?? 2_000);
export const fuzzSeed = process.env['FUZZ_SEED'] ?? 'fuzz';

const whole = (rng: Rng, below: number): number => Math.floor(rng.next() * below);

/** Values that decoders stumble over: ends of ranges, and long numbers. */
const nasty = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

type Mutation = (bytes: Buffer, rng: Rng) => Buffer;

const mutations: readonly [Mutation, ...Mutation[]] = [
  (bytes, rng) => bytes.subarray(0, whole(rng, bytes.length + 1)),
  (bytes, rng) => Buffer.concat([bytes, noise(rng, 1 + whole(rng, 20))]),
  (bytes, rng) => changed(bytes, rng, () => whole(rng, 256)),
  (bytes, rng) => changed(bytes, rng, (value) => value ^ (1 << whole(rng, 8))),
  (bytes, rng) => changed(bytes, rng, () => nasty[whole(rng, nasty.length)] ?? 0),
  // A number that goes on for ever, or is far above what follows.
  (bytes, rng) => spliced(bytes, rng, Buffer.alloc(1 + whole(rng, 10), 0xff)),
  (bytes, rng) => spliced(bytes, rng, bytes.subarray(0, whole(rng, bytes.length + 1))),
  (bytes, rng) =>
    Buffer.concat([bytes.subarray(0, whole(rng, 8)), bytes.subarray(whole(rng, bytes.length + 1))]),
  (bytes, rng) => noise(rng, whole(rng, bytes.length + 8)),
];

/** Something that was right, changed in one to three ways. */
export function mutate(bytes: Uint8Array, rng: Rng): Buffer {
  let mutated: Buffer = Buffer.from(bytes);
  for (let count = 1 + whole(rng, 3); count > 0; count -= 1) {
    mutated = (mutations[whole(rng, mutations.length)] ?? mutations[0])(mutated, rng);
  }
  return mutated;
}

export function noise(rng: Rng, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => whole(rng, 256)));
}

function changed(bytes: Buffer, rng: Rng, change: (value: number) => number): Buffer {
  if (bytes.length === 0) return bytes;
  const copy = Buffer.from(bytes);
  const at = whole(rng, copy.length);
  copy[at] = change(copy[at] ?? 0);
  return copy;
}

function spliced(bytes: Buffer, rng: Rng, piece: Buffer): Buffer {
  const at = whole(rng, bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}
