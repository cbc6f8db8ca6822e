import * as fc from 'fast-check';

/** What one side of a session does. */
export interface Script {
  readonly writes: readonly { readonly sizeBytes: number; readonly pauseMs: number }[];
  /** Reads no more for so long once so many bytes have come. */
  readonly stalls: readonly { readonly afterBytes: number; readonly pauseMs: number }[];
  /** How it stops sending; `finish-last`: only when the other side has finished. */
  readonly ending: 'finish' | 'finish-last' | 'reset';
}

/** A whole session. */
export interface SessionScript {
  readonly client: Script;
  readonly backend: Script;
  /** Where the client's first bytes are cut into pieces, as shares of them, with a pause after each. */
  readonly cuts: readonly number[];
  /** Makes this session's bytes unlike those of others. */
  readonly stream: number;
}

const pause = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat({ max: 3 }) },
  { weight: 1, arbitrary: fc.nat({ max: 15 }) },
);

function sizeUpTo(largestBytes: number): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 60, arbitrary: fc.integer({ min: 1, max: 5_000 }) },
    { weight: 20, arbitrary: fc.integer({ min: 5_000, max: 300_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: 300_000, max: largestBytes }) },
  );
}

function side(largestBytes: number, ending: fc.Arbitrary<Script['ending']>): fc.Arbitrary<Script> {
  return fc.record({
    writes: fc.array(fc.record({ sizeBytes: sizeUpTo(largestBytes), pauseMs: pause }), { maxLength: 10 }),
    stalls: fc.array(fc.record({ afterBytes: fc.nat({ max: 400_000 }), pauseMs: fc.nat({ max: 25 }) }), {
      maxLength: 2,
    }),
    ending,
  });
}

const endings = fc.oneof(
  { weight: 3, arbitrary: fc.constant(['finish', 'finish'] as const) },
  { weight: 2, arbitrary: fc.constant(['finish', 'finish-last'] as const) },
  { weight: 2, arbitrary: fc.constant(['finish-last', 'finish'] as const) },
  { weight: 1, arbitrary: fc.constant(['reset', 'finish'] as const) },
  { weight: 1, arbitrary: fc.constant(['reset', 'finish-last'] as const) },
  { weight: 1, arbitrary: fc.constant(['finish', 'reset'] as const) },
  { weight: 1, arbitrary: fc.constant(['finish-last', 'reset'] as const) },
);

/** @param largestBytes of a single write; more than 300,000 */
export function sessions(largestBytes: number): fc.Arbitrary<SessionScript> {
  return endings.chain(([client, backend]) =>
    fc.record({
      client: side(largestBytes, fc.constant(client)),
      backend: side(largestBytes, fc.constant(backend)),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
      stream: fc.nat({ max: 100_000 }).map((number) => 2 * number),
    }),
  );
}
