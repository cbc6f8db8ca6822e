import { CacheError } from '../errors.ts';

/** A place keys can be put, and its share of them relative to the others. */
export interface WeightedNode {
  /** Decides which keys go there: keep it when the server moves, and its keys stay. */
  readonly name: string;
  readonly weight: number;
}

/**
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights as -w / ln u, Schindelhauer and Schomaker
 * 2005): each key goes to the node with the highest score for it. Adding one node of N moves only the keys it
 * wins, about 1/N; removing one moves only its own. It costs one multiplication a node, which for the few
 * servers a game has is less than looking up a ring.
 */
export class Rendezvous {
  readonly #seeds: Uint32Array;
  readonly #weights: Float64Array;

  /** @throws CacheError `invalid` without nodes. */
  constructor(nodes: readonly WeightedNode[]) {
    if (nodes.length === 0) throw new CacheError('invalid', 'at least one shard is needed');
    this.#seeds = Uint32Array.from(nodes, ({ name }) => hash32(name));
    this.#weights = Float64Array.from(nodes, ({ weight }) => weight);
  }

  /** The index of the node a key belongs to. */
  indexOf(key: string): number {
    const hash = hash32(key);
    let best = 0;
    let bestScore = -1;
    for (let i = 0; i < this.#seeds.length; i += 1) {
      const mixed = mix32(hash ^ (this.#seeds[i] ?? 0));
      // In (0, 1), so that the logarithm is finite and not 0.
      const uniform = (mixed + 0.5) / 4_294_967_296;
      const score = -(this.#weights[i] ?? 0) / Math.log(uniform);
      if (score > bestScore) {
        bestScore = score;
        best = i;
      }
    }
    return best;
  }
}

/** FNV-1a over UTF-16 units, then mixed: quick on short keys, and the same on every machine. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix32(hash);
}

/** The finaliser of MurmurHash3 (Appleby 2011): every input bit changes every output bit half of the time. */
function mix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The part of a key that decides where it lives: the first `{tag}`, as in Redis Cluster, else all of it. */
export function routingPart(key: string): string {
  const start = key.indexOf('{');
  const end = key.indexOf('}', start + 1);
  return start >= 0 && end > start + 1 ? key.slice(start + 1, end) : key;
}
