import { eventually } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../support/engines.ts';

describeOnEveryEngine('Gauges', (open) => {
  it('add up what the sources say, and forget a source that says nothing more', async () => {
    const { gauges } = await open();
    expect(await gauges.read('online')).toEqual({ value: 0, sources: 0 });
    await gauges.set('online', 'server-1', 10);
    await gauges.set('online', 'server-2', 5, 100);
    expect(await gauges.read('online')).toEqual({ value: 15, sources: 2 });
    await gauges.set('online', 'server-1', 12);
    await eventually(async () => expect(await gauges.read('online')).toEqual({ value: 12, sources: 1 }));
    expect(await gauges.withdraw('online', 'server-1')).toBe(true);
    expect(await gauges.withdraw('online', 'server-1')).toBe(false);
    expect(await gauges.read('online')).toEqual({ value: 0, sources: 0 });
  });

  it('are kept up to date beyond the time a reading holds, and withdrawn at the end', async () => {
    const { gauges } = await open();
    let online = 3;
    const kept = gauges.keep('online', 'server-1', () => online, 300);
    await eventually(async () => expect((await gauges.read('online')).value).toBe(3));
    online = 4;
    await eventually(async () => expect((await gauges.read('online')).value).toBe(4));
    await kept.close();
    expect(await gauges.read('online')).toEqual({ value: 0, sources: 0 });
  });

  it('have so many sources and no more', async () => {
    const { gauges } = await open();
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => gauges.set('online', `server-${i}`, 1)));
    await gauges.set('online', 'server-7', 2);
    expect(await gauges.read('online')).toEqual({ value: 1_001, sources: 1_000 });
    await expect(gauges.set('online', 'one-more', 1)).rejects.toMatchObject({
      code: 'conflict',
      field: 'source',
    });
  });

  it('refuse what is out of bounds', async () => {
    const { gauges } = await open();
    await expect(gauges.set('online', 's', 1e15)).rejects.toMatchObject({ field: 'value' });
    await expect(gauges.set('online', 's', 1, 0)).rejects.toMatchObject({ field: 'ttlMs' });
    await expect(gauges.set('online', 'a b', 1)).rejects.toMatchObject({ field: 'source' });
  });
});
