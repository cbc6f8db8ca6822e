import { eventually, redisCommand, startRedis, type TestServer } from '@hanok/testkit';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { openStore, RedisStore } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

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

/** Two processes' stores; one tells the other what that listens to. */
async function tellAndListen(tellingUrl: string, listeningUrl: string) {
  const [telling, listening] = [openStore(tellingUrl), openStore(listeningUrl)];
  onTestFinished(async () => void (await Promise.all([telling.close(), listening.close()])));
  await Promise.all([ready(telling), ready(listening)]);
  const heard: string[] = [];
  let timesConnected = 0;
  let rounds = 0;
  listening.subscribe('there', (payload) => {
    if (payload === undefined) timesConnected += 1;
    else heard.push(payload);
  });
  telling.subscribe('here', () => undefined);
  await eventually(() => expect(timesConnected).toBe(1));
  /** Resolves when everything told arrived, and the connection it went over still gets the answers that are its own. */
  const tellAll = async (payloads: readonly string[]): Promise<void> => {
    heard.length = 0;
    for (const payload of payloads) telling.tell('there', payload);
    await eventually(() => expect(heard).toEqual(payloads));
    const answered = Promise.withResolvers<string | undefined>();
    rounds += 1;
    telling.subscribe(`after ${rounds}`, answered.resolve);
    expect(await answered.promise).toBeUndefined();
  };
  return { telling, tellAll, timesConnected: () => timesConnected };
}

const payloads = Array.from({ length: 500 }, (_, i) => `${i} 한옥\r\n`);

/** Of `CLIENT REPLY`: one for each that is not answered, and one to find out on each connection. */
async function unansweredSoFar({ url }: TestServer): Promise<number> {
  const stats = String(await redisCommand(url, ['INFO', 'commandstats']));
  return Number(/cmdstat_client\|reply:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

it('tells another process without an answer from Redis, once it knows that it may', async () => {
  await using redis = await startRedis({ dedicated: true });
  const { tellAll, timesConnected } = await tellAndListen(redis.url, redis.url);
  const tellAllUnanswered = async (): Promise<void> => {
    const before = await unansweredSoFar(redis);
    await tellAll(payloads);
    expect(await unansweredSoFar(redis)).toBeGreaterThanOrEqual(before + payloads.length);
  };
  await eventually(tellAllUnanswered);
  await redisCommand(redis.url, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
  await eventually(() => expect(timesConnected()).toBe(2));
  await eventually(tellAllUnanswered);
});

it('tells with an answer where that must not be left out', async () => {
  await using redis = await startRedis({ dedicated: true });
  await redisCommand(redis.url, ['ACL', 'SETUSER', 'plain', 'on', '>secret', '~*', '&*', '+@all', '-client']);
  const { tellAll } = await tellAndListen(`redis://plain:secret@${redis.host}:${redis.port}`, redis.url);
  await tellAll(payloads);
  // That of the listening process, which may.
  expect(await unansweredSoFar(redis)).toBeLessThanOrEqual(1);
});

it('tells itself at once', async () => {
  await using redis = await startRedis();
  const { telling } = await tellAndListen(redis.url, redis.url);
  const heard: (string | undefined)[] = [];
  telling.subscribe('here', (payload) => heard.push(payload));
  telling.tell('here', 'now');
  expect(heard).toEqual(['now']);
});
