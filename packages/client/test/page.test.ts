import { describe, expect, it } from 'vitest';
import { eachItem, type Page, type PageQuery } from '../src/page.ts';

const PAGES: Readonly<Record<string, Page<number>>> = {
  first: { items: [1, 2], nextCursor: 'second' },
  second: { items: [], nextCursor: 'third' },
  third: { items: [3], nextCursor: null },
};

async function collect(query: PageQuery, most = Infinity): Promise<{ items: number[]; asked: PageQuery[] }> {
  const asked: PageQuery[] = [];
  const items: number[] = [];
  const readPage = (part: PageQuery): Promise<Page<number>> => {
    asked.push(part);
    return Promise.resolve(PAGES[part.cursor ?? 'first'] ?? { items: [], nextCursor: null });
  };
  for await (const item of eachItem(query, {}, readPage)) {
    items.push(item);
    if (items.length >= most) break;
  }
  return { items, asked };
}

describe('eachItem', () => {
  it('reads all pages, empty ones too', async () => {
    const { items, asked } = await collect({ limit: 2 });
    expect(items).toEqual([1, 2, 3]);
    expect(asked).toEqual([{ limit: 2 }, { limit: 2, cursor: 'second' }, { limit: 2, cursor: 'third' }]);
  });

  it('begins at a cursor', async () => {
    expect((await collect({ cursor: 'third' })).items).toEqual([3]);
  });

  it('reads no further than it is iterated', async () => {
    expect((await collect({}, 2)).asked).toHaveLength(1);
  });
});
