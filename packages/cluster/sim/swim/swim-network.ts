import type { SeededRandom } from '../../src/swim/random.ts';

/** The network's faults. Chances are 0 to 1. */
export interface Weather {
  loss: number;
  duplication: number;
  minDelayMs: number;
  maxDelayMs: number;
}

/** How long a stream takes longer when it has to send again. */
const resendMs = 200;

/** What happens to what is sent: chance of the given source, and cuts made by the caller. */
export class SwimNetwork {
  readonly weather: Weather = { loss: 0, duplication: 0, minDelayMs: 0.2, maxDelayMs: 2 };
  datagrams = 0;
  /** Before sealing. */
  datagramBytes = 0;
  readonly #random: SeededRandom;
  readonly #cuts = new Set<string>();

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Cuts the way from each of `from` to each of `to`. */
  cut(from: readonly string[], to: readonly string[]): void {
    for (const a of from) for (const b of to) if (a !== b) this.#cuts.add(`${a} ${b}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.size > 0 && this.#cuts.has(`${from} ${to}`);
  }

  /** Sends a datagram: tells how many copies arrive. */
  sendDatagram(sizeBytes: number): number {
    this.datagrams += 1;
    this.datagramBytes += sizeBytes;
    const { duplication, loss } = this.weather;
    const sent = this.#happens(duplication) ? 2 : 1;
    let arriving = 0;
    for (let copy = 0; copy < sent; copy += 1) if (!this.#happens(loss)) arriving += 1;
    return arriving;
  }

  datagramDelayMs(): number {
    const { minDelayMs, maxDelayMs } = this.weather;
    return minDelayMs + this.#random.next() * (maxDelayMs - minDelayMs);
  }

  /** A stream sends again what is lost; it takes longer, and fails only when the way is cut. */
  streamDelayMs(): number {
    const resent = this.#happens(this.weather.loss) ? resendMs : 0;
    return this.datagramDelayMs() + resent + this.weather.maxDelayMs;
  }

  #happens(chance: number): boolean {
    return chance > 0 && this.#random.next() < chance;
  }
}
