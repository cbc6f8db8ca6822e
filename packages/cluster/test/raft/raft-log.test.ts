import { describe, expect, test } from 'vitest';
import { RaftLog } from '../../src/raft/raft-log.ts';
import type { Entry } from '../../src/raft/raft-types.ts';

function entries(...terms: number[]): Entry[] {
  return terms.map((term, offset) => ({ index: offset + 1, term, kind: 'command', data: `e${offset + 1}` }));
}

function logOf(...terms: number[]): RaftLog {
  return new RaftLog({ snapshot: null, entries: entries(...terms) });
}

describe('RaftLog', () => {
  test('an empty log ends at index 0 with term 0', () => {
    const log = logOf();
    expect([log.lastIndex, log.lastTerm, log.termAt(0), log.termAt(1)]).toEqual([0, 0, 0, null]);
  });

  test('appending replaces what follows the first new entry', () => {
    const log = logOf(1, 1, 2, 2);
    log.append([{ index: 3, term: 3, kind: 'noop', data: '' }]);
    expect([log.lastIndex, log.lastTerm]).toEqual([3, 3]);
  });

  test('a gap is refused', () => {
    expect(() => logOf(1).append([{ index: 3, term: 1, kind: 'noop', data: '' }])).toThrow(
      /cannot append at 3/,
    );
  });

  test('compaction keeps the term at its end, for the consistency check', () => {
    const log = logOf(1, 1, 2, 3);
    log.compact(3);
    expect([log.firstIndex, log.termAt(3), log.termAt(2), log.lastIndex]).toEqual([4, 2, null, 4]);
    expect(log.slice(1, 9).map(({ index }) => index)).toEqual([4]);
  });

  // Raft paper, section 5.4.1.
  test.each([
    ['a later last term', 1, 3, true],
    ['the same last term and length', 3, 2, true],
    ['the same last term, longer', 4, 2, true],
    ['the same last term, shorter', 2, 2, false],
    ['an earlier last term, longer', 9, 1, false],
  ])('up to date: %s', (_case, lastIndex, lastTerm, expected) => {
    expect(logOf(1, 1, 2).isUpToDate(lastIndex, lastTerm)).toBe(expected);
  });

  // Raft paper, figure 7: the common prefix is found a term at a time.
  test('the search for a conflict skips a whole term', () => {
    expect(logOf(1, 1, 1, 4, 4, 5, 5, 6, 6, 6).findConflict(9, 4)).toEqual({ index: 5, term: 4 });
    expect(logOf(1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3).findConflict(6, 1)).toEqual({ index: 3, term: 1 });
  });
});
