import type { Candidates } from './candidates.ts';
import { buildMaglevTable, type MaglevMember } from './maglev-table.ts';
import { mix } from './source-hash.ts';
import { firstAdmissible, isAdmissible, NO_BACKEND, type PickContext, type Strategy } from './strategy.ts';

const MAX_PROBES = 16;
const PROBE_STEP = 0x9e3779b9;

/**
 * Consistent hashing of the client's address with a Maglev table, so that a client returns to its backend.
 *
 * The table holds all members, also those that are down or draining; a source whose backend cannot take it
 * probes on with a further hash. So a failing backend moves its own sources only (about 1/N of all) and gets
 * exactly those back when it returns, and a health change costs no rebuilding. Only adding or removing a
 * member rebuilds, and then up to one further source in a hundred moves (the paper's figure 12).
 */
export class Maglev implements Strategy {
  readonly name = 'maglev';
  readonly scoreMeaning = "which probe of the source's hash sequence meets it first";
  readonly #candidates: Candidates;
  #entries: Int32Array = new Int32Array(0);
  #members: readonly MaglevMember[] = [];
  #revision = 0;

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
  }

  pick(context: PickContext): number {
    this.#follow();
    const candidates = this.#candidates;
    if (candidates.count === 0) return NO_BACKEND;
    const { eligible } = candidates.table;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = this.#slotOf(context.sourceHash, probe);
      if (Atomics.load(eligible, slot) === 1 && isAdmissible(candidates, context, slot)) return slot;
    }
    return firstAdmissible(candidates, context, mix(context.sourceHash) % candidates.count);
  }

  score(context: PickContext, slot: number): number | null {
    this.#follow();
    if (Atomics.load(this.#candidates.table.eligible, slot) !== 1) return null;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      if (this.#slotOf(context.sourceHash, probe) === slot) return probe;
    }
    return MAX_PROBES;
  }

  #slotOf(sourceHash: number, probe: number): number {
    const hash = mix(sourceHash + Math.imul(probe, PROBE_STEP));
    return this.#entries[hash % this.#entries.length] ?? NO_BACKEND;
  }

  #follow(): void {
    this.#candidates.refresh();
    if (this.#revision === this.#candidates.revision) return;
    this.#revision = this.#candidates.revision;
    const members = this.#readMembers();
    if (sameMembers(members, this.#members)) return;
    this.#members = members;
    this.#entries = buildMaglevTable(members);
  }

  #readMembers(): MaglevMember[] {
    const { table } = this.#candidates;
    const members: MaglevMember[] = [];
    for (let slot = 0; slot < table.capacity; slot += 1) {
      if (Atomics.load(table.member, slot) !== 1) continue;
      const weight = Math.max(1, Atomics.load(table.fullWeight, slot));
      members.push({ slot, key: Atomics.load(table.key, slot), weight });
    }
    return members;
  }
}

function sameMembers(left: readonly MaglevMember[], right: readonly MaglevMember[]): boolean {
  return (
    left.length === right.length &&
    left.every((member, index) => {
      const other = right[index];
      return member.slot === other?.slot && member.key === other.key && member.weight === other.weight;
    })
  );
}
