import type { LinuxLeg } from './linux-leg.ts';
import type { Outbox, ReadQueue } from './read-queue.ts';
import type { RingCalls } from './ring-calls.ts';
import { MAX_CALLS, type SubmissionRing } from './submission-ring.ts';

/** What one `recv` of a batch takes at most: more is there for bulk, which the leg then reads for itself. */
const SLOT_BYTES = 4_096;
/** Between two slots, so that their beginnings do not compete for the same lines of the processor's cache. */
const GAP_BYTES = 64;
const HALF_BITS = 32;

/**
 * Reads for many legs with one call, then sends what came with a second one. A descriptor is put into the ring only
 * right before the ring is submitted, with nothing in between that could close it: so a number that the kernel has
 * given out again is never written to.
 */
export class BatchedReads implements ReadQueue, Outbox {
  readonly #ring: SubmissionRing;
  readonly #slotBytes: number;
  readonly #slots: Uint8Array;
  /** Halves of the slots' addresses. */
  readonly #low = new Int32Array(MAX_CALLS);
  readonly #high = new Int32Array(MAX_CALLS);
  #waiting: LinuxLeg[] = [];
  /** By slot: who reads into it, and the result. */
  readonly #readers: LinuxLeg[] = [];
  readonly #received = new Int32Array(MAX_CALLS);
  /** By position: who is sent what slot. */
  readonly #targets: LinuxLeg[] = [];
  readonly #sources = new Int32Array(MAX_CALLS);
  readonly #sent = new Int32Array(MAX_CALLS);
  #sends = 0;
  #slot = 0;

  /** @param bufferBytes most that may be held of one direction */
  constructor(ring: SubmissionRing, calls: RingCalls, bufferBytes: number) {
    this.#ring = ring;
    this.#slotBytes = Math.min(SLOT_BYTES, bufferBytes);
    this.#slots = new Uint8Array(MAX_CALLS * (SLOT_BYTES + GAP_BYTES));
    const address = calls.addressOf(this.#slots);
    for (let slot = 0; slot < MAX_CALLS; slot++) {
      const start = address + BigInt(this.#startOf(slot));
      this.#low[slot] = Number(BigInt.asIntN(HALF_BITS, start));
      this.#high[slot] = Number(start >> BigInt(HALF_BITS));
    }
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(leg: LinuxLeg): void {
    this.#waiting.push(leg);
  }

  run(): void {
    if (this.#waiting.length === 0) return;
    const legs = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < legs.length; from += MAX_CALLS) this.#readBatch(legs, from);
  }

  send(target: LinuxLeg): void {
    this.#targets[this.#sends] = target;
    this.#sources[this.#sends] = this.#slot;
    this.#sends += 1;
  }

  #readBatch(legs: readonly LinuxLeg[], from: number): void {
    const to = Math.min(legs.length, from + MAX_CALLS);
    let count = 0;
    let bulky: LinuxLeg[] | undefined;
    for (let index = from; index < to; index++) {
      const leg = legs[index];
      if (leg === undefined || !leg.beginRead()) continue;
      if (leg.isBulky) {
        bulky ??= [];
        bulky.push(leg);
        continue;
      }
      this.#readers[count] = leg;
      this.#ring.recv(leg.descriptor, this.#low[count] ?? 0, this.#high[count] ?? 0, this.#slotBytes);
      count += 1;
    }
    if (count > 0) this.#relay(count);
    if (bulky !== undefined) for (const leg of bulky) leg.readNow();
  }

  #relay(count: number): void {
    const done = this.#ring.submit(this.#received);
    for (let slot = 0; slot < done; slot++) {
      const result = this.#received[slot] ?? 0;
      this.#slot = slot;
      if (result > 0) this.#readers[slot]?.deliver(result, this);
    }
    if (this.#sends > 0) this.#sendBatch();
    // Only now, as this may close sockets.
    for (let slot = 0; slot < done; slot++)
      this.#readers[slot]?.afterRead(this.#received[slot] ?? 0, this.#slotBytes);
    for (let slot = done; slot < count; slot++) this.#readers[slot]?.readNow();
  }

  #sendBatch(): void {
    const count = this.#sends;
    this.#sends = 0;
    for (let index = 0; index < count; index++) {
      const slot = this.#sources[index] ?? 0;
      const fd = this.#targets[index]?.descriptor ?? -1;
      this.#ring.send(fd, this.#low[slot] ?? 0, this.#high[slot] ?? 0, this.#received[slot] ?? 0);
    }
    const done = this.#ring.submit(this.#sent);
    for (let index = 0; index < count; index++) {
      const slot = this.#sources[index] ?? 0;
      const sizeBytes = this.#received[slot] ?? 0;
      if (index < done && this.#sent[index] === sizeBytes) continue;
      const start = this.#startOf(slot);
      const bytes = this.#slots.subarray(start, start + sizeBytes);
      const [reader, target] = [this.#readers[slot], this.#targets[index]];
      if (reader === undefined || target === undefined) continue;
      if (index < done) reader.sent(target, bytes, this.#sent[index] ?? 0);
      else reader.sendNow(target, bytes, sizeBytes);
    }
  }

  #startOf(slot: number): number {
    return slot * (SLOT_BYTES + GAP_BYTES);
  }
}
