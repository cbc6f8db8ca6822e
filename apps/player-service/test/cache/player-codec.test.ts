import { describe, expect, it } from 'vitest';
import { playerCodec } from '../../src/cache/player-copies.ts';

const view = { id: '7', username: 'mina', gold: 5, version: 12 };

describe('playerCodec', () => {
  it('keeps the text and finds the version without reading the rest', () => {
    const body = JSON.stringify(view);
    expect(playerCodec.decode(playerCodec.encode({ version: 12, body }))).toEqual({ version: 12, body });
  });

  it('is not fooled by a name that looks like a version', () => {
    const body = JSON.stringify({ ...view, username: '","version":99}', version: 3 });
    expect(playerCodec.decode(`1${body}`)?.version).toBe(3);
  });

  it.each([
    ['another format', `2${JSON.stringify(view)}`],
    ['no version', '1{"id":"7"}'],
    ['nothing', ''],
  ])('takes %s for a miss', (_, encoded) => {
    expect(playerCodec.decode(encoded)).toBeUndefined();
  });
});
