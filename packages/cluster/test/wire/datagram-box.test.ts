import { seededRng } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { DatagramBox, maxDatagramBytes, maxDatagramPayloadBytes } from '../../src/wire/datagram-box.ts';
import { KeyRing } from '../../src/wire/key-ring.ts';

const keyOf = (fill: number) => Buffer.alloc(32, fill);
const boxOf = (name: string, ...fills: number[]) => new DatagramBox(new KeyRing(name, fills.map(keyOf)));
const message = Buffer.from('ping');
const result = (box: DatagramBox, datagram: Buffer) => {
  const opened = box.open(datagram);
  return opened.ok ? opened.payload.toString() : opened.reason;
};

describe('DatagramBox', () => {
  it('opens what a member sealed, and hides it', () => {
    const sealed = boxOf('game', 1).seal(message);
    expect(sealed.includes(message)).toBe(false);
    expect(result(boxOf('game', 1), sealed)).toBe('ping');
  });

  it('fills a datagram to its bound and no further', () => {
    const box = boxOf('game', 1);
    const sealed = box.seal(Buffer.alloc(maxDatagramPayloadBytes, 7));
    expect(sealed.length).toBe(maxDatagramBytes);
    expect(box.open(sealed).ok).toBe(true);
    expect(() => box.seal(Buffer.alloc(maxDatagramPayloadBytes + 1))).toThrow(RangeError);
  });

  it('drops each kind of bad datagram with its reason', () => {
    const box = boxOf('game', 1);
    const sealed = boxOf('game', 1).seal(message);
    expect(result(box, boxOf('other', 1).seal(message))).toBe('wrong-cluster');
    expect(result(box, boxOf('game', 2).seal(message))).toBe('wrong-key');
    expect(result(box, boxOf('game').seal(message))).toBe('wrong-key');
    expect(result(box, Buffer.alloc(0))).toBe('truncated');
    expect(result(box, sealed.subarray(0, 40))).toBe('truncated');
    expect(result(box, sealed.subarray(0, -1))).toBe('forged');
    expect(result(box, Buffer.alloc(maxDatagramBytes + 1))).toBe('oversized');
    expect(result(box, Buffer.from('GET / HTTP/1.1\r\n\r\n'))).toBe('malformed');
    expect(result(box, sealed)).toBe('ping');
    expect(result(box, sealed)).toBe('replayed');
  });

  it('opens a key’s namesake only when the whole key fits', () => {
    const open = new KeyRing('game', []);
    const box = new DatagramBox(new KeyRing('game', [keyOf(1)]));
    const sealed = new DatagramBox(open).seal(message);
    new KeyRing('game', [keyOf(1)]).primary.id.copy(sealed, 6);
    expect(result(box, sealed)).toBe('forged');
  });

  it('takes datagrams out of order, each once', () => {
    const sender = boxOf('game', 1);
    const receiver = boxOf('game', 1);
    const sealed = Array.from({ length: 200 }, (_, index) => sender.seal(Buffer.from(String(index))));
    const shuffled = sealed.toSorted((a, b) => a.readUInt8(a.length - 1) - b.readUInt8(b.length - 1));
    expect(shuffled.every((datagram) => receiver.open(datagram).ok)).toBe(true);
    expect(new Set(shuffled.map((datagram) => result(receiver, datagram)))).toEqual(new Set(['replayed']));
  });

  it('never repeats a nonce under a key: each start has its own session', () => {
    const first = boxOf('game', 1).seal(message);
    const second = boxOf('game', 1).seal(message);
    expect(first.subarray(10, 22)).not.toEqual(second.subarray(10, 22));
    expect(first.subarray(28)).not.toEqual(second.subarray(28));
  });

  it('changes the key of a running cluster without losing a datagram', () => {
    const rings = [1, 2, 3].map(() => new KeyRing('game', [keyOf(1)]));
    const boxes = rings.map((ring) => new DatagramBox(ring));
    const everybodyHears = () =>
      boxes.every((from) => {
        const sealed = from.seal(message);
        return boxes.every((to) => to === from || result(to, sealed) === 'ping');
      });
    const changes: ((ring: KeyRing) => void)[] = [
      (ring) => ring.add(keyOf(2)),
      (ring) => ring.use(keyOf(2)),
      (ring) => ring.remove(keyOf(1)),
    ];
    for (const change of changes) {
      for (const ring of rings) {
        change(ring);
        expect(everybodyHears()).toBe(true);
      }
    }
    expect(result(boxes[0] ?? boxOf('game', 2), boxOf('game', 1).seal(message))).toBe('wrong-key');
  });

  it('drops any change of any byte (seeded)', () => {
    const rng = seededRng('datagram fuzz');
    const sender = boxOf('game', 1);
    const receiver = boxOf('game', 1);
    for (let run = 0; run < 2_000; run += 1) {
      const sealed = sender.seal(Buffer.alloc(Math.floor(rng.next() * 64), run));
      const at = Math.floor(rng.next() * sealed.length);
      sealed[at] = (sealed[at] ?? 0) ^ (1 + Math.floor(rng.next() * 255));
      expect(receiver.open(sealed).ok, `byte ${at} of run ${run}`).toBe(false);
    }
  });

  it('drops any noise (seeded)', () => {
    const rng = seededRng('datagram noise');
    const receiver = boxOf('game', 1);
    const start = boxOf('game', 1).seal(message).subarray(0, 28);
    for (let run = 0; run < 2_000; run += 1) {
      const noise = Buffer.from(
        Array.from({ length: Math.floor(rng.next() * 200) }, () => Math.floor(rng.next() * 256)),
      );
      start.copy(noise, 0, 0, Math.floor(rng.next() * 29));
      expect(receiver.open(noise).ok, `run ${run}`).toBe(false);
    }
  });
});
