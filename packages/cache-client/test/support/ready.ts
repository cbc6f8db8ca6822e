import { eventually } from '@hanok/testkit';
import type { CacheStore } from '../../src/index.ts';

/** Resolves to the store when it has reached its servers. */
export async function ready<Store extends CacheStore>(store: Store): Promise<Store> {
  await eventually(() => {
    if (!store.connected) throw new Error(`not connected: ${store.lastError?.message ?? 'no error yet'}`);
  });
  return store;
}
