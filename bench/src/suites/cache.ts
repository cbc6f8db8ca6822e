import { startRedis } from '@hanok/testkit';
import { invalidationFigures } from '../cache/invalidation.ts';
import { prepareNearHits } from '../cache/near-hits.ts';
import { prepareOnRedis } from '../cache/on-redis.ts';
import type { Suite } from '../harness/suite.ts';

/** The cache client beside bare Redis clients and other caches, on a real Redis on loopback. */
export const cacheSuite: Suite = {
  name: 'cache',
  async prepare() {
    const stack = new AsyncDisposableStack();
    const redis = await startRedis({ dedicated: true, persistence: 'none' });
    stack.defer(() => redis.stop());
    const near = stack.use(await prepareNearHits());
    const onRedis = stack.use(await prepareOnRedis(redis));
    return {
      comparisons: [...near.comparisons, ...onRedis.comparisons],
      figures: [...invalidationFigures(redis)],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
};
