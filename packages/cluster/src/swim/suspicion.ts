import { minSuspicionMs, type SwimConfig } from './swim-config.ts';
import type { MemberId } from './swim-types.ts';

/** Who suspects which life of a member. */
export interface Accusation {
  readonly from: MemberId;
  readonly incarnation: number;
}

/**
 * How long a member stays suspected before it is held to be dead. Starts long and shortens with each member that
 * suspects it independently (Lifeguard paper, section IV-B, "LHA-Suspicion"): a member whose own network is slow
 * hears of no confirmations, and so waits long before it calls others dead.
 */
export class Suspicion {
  /** The life of the suspect that is in doubt; a later one clears it. */
  readonly incarnation: number;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #wanted: number;
  readonly #accusers = new Set<MemberId>();
  #startedAt: number;
  #lastsMs: number;

  /** @param members how many there are, this one and the suspect included. */
  constructor(config: SwimConfig, members: number, accusation: Accusation, now: number) {
    // Two probe rounds before the shortest suspicion ends, so many others should have found out by themselves.
    const wanted = config.suspicionMultiplier - 2;
    this.#wanted = !config.lifeguard || members - 2 < wanted ? 0 : wanted;
    this.#minMs = minSuspicionMs(config, members);
    this.#maxMs = this.#minMs * config.suspicionMaxFactor;
    this.incarnation = accusation.incarnation;
    this.#accusers.add(accusation.from);
    this.#startedAt = now;
    this.#lastsMs = this.#duration();
  }

  /** When the suspect is to be held dead. */
  get deadline(): number {
    return this.#startedAt + this.#lastsMs;
  }

  /** @returns whether this is news that shortens the wait. */
  confirm(from: MemberId): boolean {
    if (this.#accusers.size > this.#wanted || this.#accusers.has(from)) return false;
    this.#accusers.add(from);
    this.#lastsMs = this.#duration();
    return true;
  }

  /** Adds time in which this member could not have heard a refutation. */
  extend(byMs: number): void {
    this.#startedAt += byMs;
  }

  #duration(): number {
    const confirmations = this.#accusers.size - 1;
    if (this.#wanted < 1 || confirmations >= this.#wanted) return this.#minMs;
    const part = Math.log(confirmations + 1) / Math.log(this.#wanted + 1);
    return this.#maxMs - part * (this.#maxMs - this.#minMs);
  }
}
