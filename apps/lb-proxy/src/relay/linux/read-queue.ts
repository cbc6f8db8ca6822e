import type { LinuxLeg } from './linux-leg.ts';

/** The legs that the kernel has bytes for, and how those are fetched. */
export interface ReadQueue {
  /** How many wait for `run`. */
  readonly size: number;
  /** Has a leg read with the next `run`. */
  add(leg: LinuxLeg): void;
  /** Reads for those that were added before it. */
  run(): void;
}

/** Sends later what has just been received. */
export interface Outbox {
  send(target: LinuxLeg): void;
}

/** One system call after the other. */
export class SingleReads implements ReadQueue {
  #legs: LinuxLeg[] = [];

  get size(): number {
    return this.#legs.length;
  }

  add(leg: LinuxLeg): void {
    this.#legs.push(leg);
  }

  run(): void {
    if (this.#legs.length === 0) return;
    const legs = this.#legs;
    this.#legs = [];
    for (const leg of legs) leg.readNow();
  }
}
