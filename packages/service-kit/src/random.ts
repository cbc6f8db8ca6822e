/** The only source of chance in Hanok, injected so that a seed reproduces a run. Not for secrets. */
export interface Rng {
  /** A number in [0, 1). */
  next(): number;
}

/** The runtime's own generator. Use `node:crypto` for tokens and keys. */
export const systemRng: Rng = { next: () => Math.random() };
