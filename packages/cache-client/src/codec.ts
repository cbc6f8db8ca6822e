/** Turns values into strings and back. */
export interface Codec<T> {
  encode(value: T): string;
  /** Undefined when the text is of another version or broken; readers then treat it as a miss. */
  decode(encoded: string): T | undefined;
}

/**
 * JSON behind a version character. Raise `version` whenever the shape of `T` changes: entries of other versions
 * are misses from then on, in old and new processes alike, so a rolling upgrade needs no flush.
 *
 * @param version one character; default `1`.
 * @param check returns the value when it has the right shape, else undefined. Default: trusts it.
 */
export function jsonCodec<T>({
  version = '1',
  check = (value: unknown) => value as T,
}: { version?: string; check?: (value: unknown) => T | undefined } = {}): Codec<T> {
  if (version.length !== 1) throw new RangeError('a codec version is one character');
  return {
    encode: (value) => version + JSON.stringify(value),
    decode(encoded) {
      if (!encoded.startsWith(version)) return undefined;
      try {
        return check(JSON.parse(encoded.slice(1)));
      } catch {
        return undefined;
      }
    },
  };
}
