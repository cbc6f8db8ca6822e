import { eventually } from '@hanok/testkit';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { RedisStore } from '../../src/index.ts';

/** Answers like a Redis until somebody subscribes; then it hangs up. */
async function startUnreliableRedis() {
  let subscriptions = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n([a-z]+)\r\n/gi)) {
        if (name?.toLowerCase() === 'subscribe') {
          subscriptions += 1;
          // The first one holds for a while, so that the driver knows what it was subscribed to.
          if (subscriptions === 1) socket.write('*3\r\n$9\r\nsubscribe\r\n$5\r\np:key\r\n:1\r\n');
          setTimeout(() => socket.destroy(), subscriptions === 1 ? 50 : 0);
        } else {
          socket.write(name?.toLowerCase() === 'info' ? '$7\r\n# Redis\r\n' : '+OK\r\n');
        }
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    subscriptionsSoFar: () => subscriptions,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

it('a connection that breaks whenever it subscribes is made again, and fails nothing else', async () => {
  // A rejection that nobody handles would end the process, and fails this run.
  await using redis = await startUnreliableRedis();
  const store = new RedisStore({ host: '127.0.0.1', port: redis.port }, { keyPrefix: 'p:' });
  let signals = 0;
  store.subscribe('key', () => (signals += 1));
  await eventually(() => expect(redis.subscriptionsSoFar()).toBeGreaterThan(4));
  expect(signals).toBe(1);
  await store.close();
});
