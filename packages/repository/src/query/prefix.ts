const LAST_CODE_POINT = 0x10_ff_ff;
const FIRST_SURROGATE = 0xd8_00;
const AFTER_SURROGATES = 0xe0_00;

/**
 * The smallest text greater (by code point) than every text that begins with `prefix`, so that "begins with"
 * becomes a range an index can serve. Undefined when there is none: an empty prefix, or only U+10FFFF.
 */
export function afterPrefix(prefix: string): string | undefined {
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (codePoints.length > 0) {
    const last = codePoints.pop() ?? 0;
    if (last === LAST_CODE_POINT) continue;
    const next = last + 1 === FIRST_SURROGATE ? AFTER_SURROGATES : last + 1;
    return String.fromCodePoint(...codePoints, next);
  }
  return undefined;
}
