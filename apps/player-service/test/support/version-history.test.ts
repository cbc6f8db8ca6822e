import { describe, expect, it } from 'vitest';
import { faultOfHistory, type VersionedOperation } from './version-history.ts';

const at = (
  kind: 'read' | 'write',
  version: number,
  value: number,
  from: number,
  to: number,
): VersionedOperation => ({
  kind,
  version,
  value,
  invokedAtMs: from,
  answeredAtMs: to,
});

describe('the check of a history of versions', () => {
  it('accepts what could have happened at single moments', () => {
    const history = [
      at('write', 2, 20, 0, 10),
      at('read', 1, 0, 1, 9),
      at('read', 2, 20, 2, 8),
      at('write', 3, 30, 9, 20),
      at('read', 2, 20, 12, 30),
    ];
    expect(faultOfHistory(history)).toBeUndefined();
  });

  it.each([
    ['a lost update', [at('write', 2, 20, 0, 10), at('write', 2, 30, 0, 10)]],
    ['a stale read', [at('write', 2, 20, 0, 10), at('read', 1, 0, 11, 12)]],
    ['a read that goes back', [at('read', 2, 20, 0, 5), at('read', 1, 0, 6, 7), at('write', 2, 20, 0, 10)]],
    ['a wrong value', [at('write', 2, 20, 0, 10), at('read', 2, 21, 11, 12)]],
    [
      'two reads of one version that differ',
      [at('write', 2, 20, 0, 9), at('read', 2, 20, 1, 2), at('read', 2, 5, 3, 4)],
    ],
    ['a write that goes back', [at('write', 3, 30, 0, 5), at('write', 2, 20, 6, 7)]],
  ])('finds %s', (_what, history) => expect(faultOfHistory(history)).toBeTypeOf('string'));
});
