import { describe, expect, it } from 'vitest';
import { KeyRing, parseKeys } from '../../src/wire/key-ring.ts';

const keyOf = (fill: number) => Buffer.alloc(32, fill);

describe('KeyRing', () => {
  it('seals with the first key and takes messages under all', () => {
    const ring = new KeyRing('game', [keyOf(1), keyOf(2)]);
    expect(ring.primary.secret).toEqual(keyOf(1));
    expect(ring.isOpen).toBe(false);
    ring.use(keyOf(2));
    expect(ring.primary.secret).toEqual(keyOf(2));
    expect(ring.size).toBe(2);
    ring.remove(keyOf(1));
    expect(ring.size).toBe(1);
    ring.add(keyOf(2));
    expect(ring.size).toBe(1);
  });

  it('is open without a key, and says so', () => {
    const ring = new KeyRing('game', []);
    expect(ring.isOpen).toBe(true);
    expect(ring.primary.id).toEqual(new KeyRing('other', []).primary.id);
    expect(ring.clusterTag).not.toEqual(new KeyRing('other', []).clusterTag);
  });

  it('derives other keys for another cluster, salt, purpose or secret', () => {
    const derive = (name: string, fill: number, salt: string, purpose: string) => {
      const ring = new KeyRing(name, [keyOf(fill)]);
      return ring.derive(ring.primary, Buffer.from(salt), purpose).toString('hex');
    };
    const keys = [
      derive('game', 1, 'a', 'x'),
      derive('other', 1, 'a', 'x'),
      derive('game', 2, 'a', 'x'),
      derive('game', 1, 'b', 'x'),
      derive('game', 1, 'a', 'y'),
    ];
    expect(new Set(keys).size).toBe(5);
    expect(derive('game', 1, 'a', 'x')).toBe(keys[0]);
  });

  it('refuses what makes no sense', () => {
    const ring = new KeyRing('game', [keyOf(1)]);
    expect(() => ring.add(Buffer.alloc(16))).toThrow(/32 bytes/);
    expect(() => ring.use(keyOf(9))).toThrow(/added before/);
    expect(() => ring.remove(keyOf(1))).toThrow(/primary/);
    expect(() => new KeyRing('', [])).toThrow(/cluster name/);
    expect(() => new KeyRing('n'.repeat(65), [])).toThrow(/cluster name/);
    for (let fill = 2; fill <= 8; fill += 1) ring.add(keyOf(fill));
    expect(() => ring.add(keyOf(9))).toThrow(/at most 8/);
  });
});

describe('parseKeys', () => {
  it('reads base64 keys parted by commas', () => {
    const text = `${keyOf(1).toString('base64')}, ${keyOf(2).toString('base64')}`;
    expect(parseKeys(text)).toEqual([keyOf(1), keyOf(2)]);
    expect(parseKeys('')).toEqual([]);
  });

  it.each([
    'short',
    Buffer.alloc(31).toString('base64'),
    `${'!'.repeat(43)}=`,
    Buffer.alloc(33).toString('base64'),
  ])('refuses %s without repeating it', (text) => {
    expect(() => parseKeys(text)).toThrow(/32 bytes in base64/);
    expect(() => parseKeys(text)).not.toThrow(text);
  });

  it('refuses more than 8', () => {
    expect(() => parseKeys(Array.from({ length: 9 }, (_, i) => keyOf(i).toString('base64')).join())).toThrow(
      /at most 8/,
    );
  });
});
