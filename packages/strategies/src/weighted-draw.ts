import type { Candidates } from './candidates.ts';
import { CHANCES } from './chance.ts';
import { isAdmissible, NO_BACKEND, type PickContext } from './strategy.ts';

const MAX_REDRAWS = 4;

/**
 * Draws a candidate at random in proportion to its weight, in constant time: the alias method (Walker 1977,
 * built as Vose 1991). Inadmissible candidates are redrawn, which keeps the proportions of the rest; after a
 * few misses one exact pass over the admissible ones decides, so a draw is bounded.
 */
export class WeightedDraw {
  readonly #candidates: Candidates;
  readonly #threshold: Float64Array;
  readonly #alias: Int32Array;
  readonly #light: Int32Array;
  readonly #heavy: Int32Array;
  #revision = 0;

  constructor(candidates: Candidates) {
    const { capacity } = candidates.table;
    this.#candidates = candidates;
    this.#threshold = new Float64Array(capacity);
    this.#alias = new Int32Array(capacity);
    this.#light = new Int32Array(capacity);
    this.#heavy = new Int32Array(capacity);
  }

  /** A slot, or NO_BACKEND when no candidate is admissible. */
  draw(context: PickContext): number {
    const candidates = this.#candidates;
    candidates.refresh();
    if (this.#revision !== candidates.revision) this.#build();
    const { count } = candidates;
    if (count === 0) return NO_BACKEND;
    for (let attempt = 0; attempt <= MAX_REDRAWS; attempt += 1) {
      const scaled = (context.chance.bits() * count) / CHANCES;
      const column = Math.min(count - 1, Math.trunc(scaled));
      const position = scaled - column < (this.#threshold[column] ?? 1) ? column : (this.#alias[column] ?? 0);
      const slot = candidates.slotAt(position);
      if (isAdmissible(candidates, context, slot)) return slot;
    }
    return this.#drawExactly(context);
  }

  #drawExactly(context: PickContext): number {
    const { count, slots, weights } = this.#candidates;
    let total = 0;
    let chosen = NO_BACKEND;
    for (let position = 0; position < count; position += 1) {
      const slot = slots[position] ?? 0;
      if (!isAdmissible(this.#candidates, context, slot)) continue;
      const weight = weights[position] ?? 1;
      total += weight;
      // Reservoir sampling: keeps each with probability weight / total, in one pass.
      if ((context.chance.bits() * total) / CHANCES < weight) chosen = slot;
    }
    return chosen;
  }

  #build(): void {
    this.#revision = this.#candidates.revision;
    const { count, weights, totalWeight } = this.#candidates;
    let lightCount = 0;
    let heavyCount = 0;
    for (let position = 0; position < count; position += 1) {
      const scaled = ((weights[position] ?? 1) * count) / totalWeight;
      this.#threshold[position] = scaled;
      this.#alias[position] = position;
      if (scaled < 1) this.#light[lightCount++] = position;
      else this.#heavy[heavyCount++] = position;
    }
    while (lightCount > 0 && heavyCount > 0) {
      const light = this.#light[--lightCount] ?? 0;
      const heavy = this.#heavy[--heavyCount] ?? 0;
      this.#alias[light] = heavy;
      const left = (this.#threshold[heavy] ?? 1) - (1 - (this.#threshold[light] ?? 1));
      this.#threshold[heavy] = left;
      if (left < 1) this.#light[lightCount++] = heavy;
      else this.#heavy[heavyCount++] = heavy;
    }
    // What is left differs from 1 by rounding only.
    while (lightCount > 0) this.#threshold[this.#light[--lightCount] ?? 0] = 1;
  }
}
