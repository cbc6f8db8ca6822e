import type { Rng } from '@hanok/service-kit';

/**
 * A random source that gives the same numbers for the same seed, on every machine.
 *
 * The generator is xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
 * ACM TOMS 2021, https://prng.di.unimi.it/xoshiro128starstar.c): 128 bits of state, period 2^128 - 1, 32-bit
 * arithmetic only. The seed is spread over the state by SplitMix32 (Steele, Lea and Flood, OOPSLA 2014, with
 * the 32-bit finaliser of MurmurHash3), so that near seeds give unrelated numbers. Not for secrets.
 *
 * @param seed any number or text; all of its digits or characters count
 */
export function seededRng(seed: number | string): Rng {
  const nextUint32 = xoshiro128StarStar(stateFromSeed(seed));
  return {
    // 53 bits, the precision of a double: 27 from one output and 26 from the next, both from the high end.
    next: () => ((nextUint32() >>> 5) * 0x4000000 + (nextUint32() >>> 6)) / 0x20000000000000,
  };
}

/** Four 32-bit words, not all zero. */
export type Xoshiro128State = readonly [number, number, number, number];

/** The bare generator: each call gives the next unsigned 32-bit integer. */
export function xoshiro128StarStar(state: Xoshiro128State): () => number {
  let [s0, s1, s2, s3] = state;
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function stateFromSeed(seed: number | string): Xoshiro128State {
  const nextWord = splitMix32(hashSeed(String(seed)));
  const state: Xoshiro128State = [nextWord(), nextWord(), nextWord(), nextWord()];
  return state.every((word) => word === 0) ? [1, 0, 0, 0] : state;
}

/** FNV-1a over the characters: numbers and texts are seeds alike. */
function hashSeed(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}

function splitMix32(seed: number): () => number {
  let position = seed;
  return () => {
    position = (position + 0x9e3779b9) | 0;
    let word = position;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return (word ^ (word >>> 16)) >>> 0;
  };
}
