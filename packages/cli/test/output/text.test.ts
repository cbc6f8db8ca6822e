import { describe, expect, it } from 'vitest';
import { inColour } from '../../src/output/paint.ts';
import { table } from '../../src/output/table.ts';
import { clip, displayWidth, plain } from '../../src/output/text.ts';
import { showBytes, showCount, showMs, showRate } from '../../src/output/units.ts';

describe('text of services', () => {
  it('cannot rewrite the terminal', () => {
    expect(plain('mina\u001B[2J\u001B]0;owned\u0007')).not.toMatch(/\p{Cc}/u);
    expect(plain('a\nb\rc')).toBe('a\uFFFDb\uFFFDc');
    // Right-to-left override would turn the rest of the line around.
    expect(plain('x\u202Egpj.exe')).toBe('x\uFFFDgpj.exe');
    expect(plain('미나 Mina é 🎮')).toBe('미나 Mina é 🎮');
  });

  it('is as wide as a terminal shows it', () => {
    expect(displayWidth('mina')).toBe(4);
    expect(displayWidth('미나')).toBe(4);
    expect(displayWidth(inColour('bad', '미나'))).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
  });

  it('is cut without breaking a character or a colour', () => {
    expect(clip('abcdef', 3)).toBe('abc');
    expect(clip('미나리', 5)).toBe('미나');
    const cut = clip(`${inColour('bad', 'abc')}def`, 2);
    expect(displayWidth(cut)).toBe(2);
    expect(cut.endsWith('\u001B[39m')).toBe(true);
  });
});

describe('table', () => {
  it('aligns words at their beginnings and figures at their ends, wide characters too', () => {
    const columns = [{ heading: 'NAME' }, { heading: 'GOLD', isNumber: true }];
    expect(
      table(
        columns,
        [
          ['미나', 5],
          ['bo', '1,234'],
        ],
        'none',
      ),
    ).toBe(['NAME   GOLD', '미나      5', 'bo    1,234'].join('\n'));
    expect(table(columns, [], 'Nobody.')).toBe('Nobody.');
  });
});

describe('units', () => {
  it('are for people', () => {
    expect([0, 1_023, 1_536, 5_368_709_120].map(showBytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '5.0 GiB']);
    expect([0.4234, 12.6, 1_500].map(showMs)).toEqual(['0.42 ms', '13 ms', '1.50 s']);
    expect([0.04, 99, 12_345].map(showRate)).toEqual(['0.0/s', '99.0/s', '12,345/s']);
    expect(showCount(1_234_567)).toBe('1,234,567');
    expect([showBytes(null), showMs(null), showRate(null)]).toEqual(['-', '-', '-']);
  });
});
