import { startRedis } from '@hanok/testkit';
import { startCacheService } from '../cache/cache-service.ts';
import { chatFigure } from '../cache/chat-fan-out.ts';
import { invalidationFigures } from '../cache/invalidation.ts';
import { memoryFigures } from '../cache/memory-size.ts';
import { movedKeysFigure } from '../cache/moved-keys.ts';
import { prepareNearHits } from '../cache/near-hits.ts';
import { prepareOnRedis } from '../cache/on-redis.ts';
import { preparePlayerReads } from '../cache/player-reads.ts';
import { outageFigures } from '../cache/redis-outage.ts';
import type { Suite } from '../harness/suite.ts';

/** The cache client beside bare Redis clients and other caches, on a real Redis on loopback, and cache-service. */
export const cacheSuite: Suite = {
  name: 'cache',
  async prepare() {
    const stack = new AsyncDisposableStack();
    const redis = await startRedis({ dedicated: true, persistence: 'none' });
    stack.defer(() => redis.stop());
    const near = stack.use(await prepareNearHits());
    const onRedis = stack.use(await prepareOnRedis(redis));
    const service = stack.use(await startCacheService());
    return {
      comparisons: [...near.comparisons, ...onRedis.comparisons, await preparePlayerReads(service, stack)],
      figures: [
        ...invalidationFigures(redis),
        chatFigure(service),
        ...outageFigures(),
        ...memoryFigures(),
        movedKeysFigure,
      ],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  },
};
