import { seededRng } from '@hanok/testkit';
import { Dice } from './dice.ts';

/** Inputs for each parser. FUZZ_INPUTS=1000000 is the full size, which takes some minutes. */
const INPUTS = Number(process.env['FUZZ_INPUTS'] ?? 30_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

/** Time for the full size, too. */
export const FUZZ_TIMEOUT_MS = 60_000 + INPUTS;

/**
 * Gives a parser one input after the other. Each has a random source of its own, so that one can be had again
 * by its number.
 *
 * @param share of all inputs; 1 of the cheap ones
 * @throws Error naming the seed, the number and the bytes of the input that failed
 */
export async function fuzz(
  name: string,
  share: number,
  invent: (dice: Dice) => Buffer,
  check: (bytes: Buffer, dice: Dice) => void | Promise<void>,
): Promise<void> {
  for (let input = 0; input < INPUTS * share; input += 1) {
    const dice = new Dice(seededRng(`${name} ${SEED} ${input}`));
    const bytes = invent(dice);
    try {
      const checked = check(bytes, dice);
      if (checked !== undefined) await checked;
    } catch (cause) {
      const what = `${name}: input ${input} of seed ${SEED} is ${bytes.toString('hex')}`;
      throw new Error(`${what}: ${(cause as Error).message}`, { cause });
    }
  }
}

/** What a parser says of bytes: that they are complete, and how many it took; that more are needed; or neither. */
export interface Verdict {
  readonly kind: string;
  /** Bytes it needed; undefined when it tells no size. */
  readonly sizeBytes?: number;
}

/**
 * The same bytes, arriving in two pieces cut at `at`, must mean the same: nothing is decided by half of them that
 * all of them would not have decided, and what follows a complete one does not matter.
 */
export function checkPieces(
  bytes: Buffer,
  at: number,
  isDecided: (verdict: Verdict) => boolean,
  parse: (bytes: Buffer) => Verdict,
): void {
  const first = parse(bytes.subarray(0, at));
  const whole = parse(bytes);
  if (isDecided(first) && JSON.stringify(first) !== JSON.stringify(whole)) {
    throw new Error(`${at} bytes mean ${JSON.stringify(first)}, all of them ${JSON.stringify(whole)}`);
  }
  if (whole.kind === 'more' && first.kind !== 'more')
    throw new Error('all bytes tell less than some of them');
  if (whole.sizeBytes !== undefined && at < whole.sizeBytes && first.kind !== 'more') {
    throw new Error(`${at} of ${whole.sizeBytes} bytes are already enough`);
  }
}

/** @throws Error with `what` when it is not so. */
export function demand(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}
