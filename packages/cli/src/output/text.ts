import { stripVTControlCharacters } from 'node:util';

/**
 * Text of a service without anything that a terminal would obey: names are chosen by players, and an escape sequence
 * could rewrite what an operator sees.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\u{FFFD}');
}

/** Korean, Chinese and Japanese characters and most emoji take two columns (Unicode Standard Annex 11, W and F). */
const wide =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1F64F}\u{1F680}-\u{1F6FF}\u{1F900}-\u{1F9FF}\u{20000}-\u{3FFFD}]/u;

/** Columns that text takes in a terminal; colours take none. */
export function displayWidth(text: string): number {
  let columns = 0;
  for (const { segment } of segmenter.segment(stripVTControlCharacters(text)))
    columns += wide.test(segment) ? 2 : 1;
  return columns;
}

const segmenter = new Intl.Segmenter();

/** Cuts a line to a number of columns; colours are kept, and end with the line. */
export function clip(line: string, columns: number): string {
  if (displayWidth(line) <= columns) return line;
  let taken = '';
  let room = columns;
  // Escape sequences are taken over whole; everything else as far as there is room.
  for (const [part] of line.matchAll(/\p{Cc}\[[\d;]*m|\P{Cc}+/gu)) {
    if (/^\p{Cc}/u.test(part)) {
      taken += part;
      continue;
    }
    for (const { segment } of segmenter.segment(part)) {
      const width = wide.test(segment) ? 2 : 1;
      if (width > room) {
        room = 0;
        break;
      }
      taken += segment;
      room -= width;
    }
  }
  return taken;
}
