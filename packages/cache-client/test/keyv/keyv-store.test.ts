import { Keyv } from 'keyv';
import { expect, it } from 'vitest';
import { KeyvStore, MemoryStore } from '../../src/index.ts';
import { describeOnEveryEngine } from '../support/engines.ts';

describeOnEveryEngine('KeyvStore', (open) => {
  async function openKeyv(): Promise<Keyv> {
    const { store } = await open();
    return new Keyv({ store: new KeyvStore(store) });
  }

  it('sets, gets, has and deletes', async () => {
    const keyv = await openKeyv();
    expect(await keyv.get('foo')).toBeUndefined();
    expect(await keyv.set('foo', 'bar')).toBe(true);
    expect(await keyv.get('foo')).toBe('bar');
    expect(await keyv.has('foo')).toBe(true);
    expect(await keyv.has('fizz')).toBe(false);
    expect(await keyv.delete('foo')).toBe(true);
    expect(await keyv.delete('foo')).toBe(false);
    expect(await keyv.get('foo')).toBeUndefined();
  });

  it.each([
    ['false', false],
    ['null', null],
    ['a number', 7],
    ['an object', { deep: [1, { a: 'b' }] }],
    ['text of any kind', 'ä "quoted" \u0000 𝄞'],
    ['a buffer', Buffer.from('bytes')],
  ])('keeps %s as it is', async (_, value) => {
    const keyv = await openKeyv();
    await keyv.set('value', value);
    expect(await keyv.get('value')).toEqual(value);
  });

  it('expires', async () => {
    const keyv = await openKeyv();
    await keyv.set('short', 1, 50);
    await keyv.set('long', 2, 60_000);
    await expect.poll(async () => keyv.get('short')).toBeUndefined();
    expect(await keyv.get('long')).toBe(2);
  });

  it('gets and deletes many', async () => {
    const keyv = await openKeyv();
    await keyv.set('foo', 'bar');
    await keyv.set('foo2', 'bar2');
    expect(await keyv.get(['foo', 'foo1', 'foo2'])).toEqual(['bar', undefined, 'bar2']);
    expect(await keyv.delete(['foo', 'foo2'])).toBe(true);
    expect(await keyv.delete(['foo', 'foo2'])).toBe(false);
  });

  it('keeps namespaces apart, also when clearing, whatever they are called', async () => {
    const { store } = await open();
    const names = ['one', 'one*', 'one:two', ''];
    const spaces = names.map((namespace) => new Keyv({ store: new KeyvStore(store), namespace }));
    for (const [i, keyv] of spaces.entries()) await keyv.set('foo', i);
    for (const [i, keyv] of spaces.entries()) expect(await keyv.get('foo')).toBe(i);
    await spaces[1]?.clear();
    expect(await Promise.all(spaces.map((keyv) => keyv.get('foo')))).toEqual([0, undefined, 2, 3]);
    await spaces[0]?.clear();
    expect(await Promise.all(spaces.map((keyv) => keyv.get('foo')))).toEqual([undefined, undefined, 2, 3]);
  });

  it('takes keys of any length and content', async () => {
    const keyv = await openKeyv();
    const keys = ['x'.repeat(5_000), `${'x'.repeat(5_000)}y`, 'with * and ? and spaces', '키'];
    for (const [i, key] of keys.entries()) await keyv.set(key, i);
    expect(await keyv.get(keys)).toEqual([0, 1, 2, 3]);
  });
});

it('KeyvStore says so when Keyv was told not to serialize', async () => {
  await expect(new KeyvStore(new MemoryStore()).set('foo', 1)).rejects.toThrow('keeps strings');
});
