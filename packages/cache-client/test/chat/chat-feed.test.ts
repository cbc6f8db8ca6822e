import { eventually, redisCommand, seededRng, startRedis } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { Chat, MemoryStore, openCache, type ChatMessage } from '../../src/index.ts';
import { describeOnEveryEngine } from '../support/engines.ts';
import { gate } from '../support/gate.ts';
import { ready } from '../support/ready.ts';

class Notes {
  readonly texts: string[] = [];
  lastId: string | undefined;

  onMessages(messages: readonly ChatMessage[]): void {
    for (const { text, id } of messages) {
      this.texts.push(text);
      this.lastId = id;
    }
  }
}

const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `m${i + from}`);

describeOnEveryEngine('Following a channel', (open) => {
  it('delivers what is published from then on, each message once and in order', async () => {
    const { chat } = await open();
    await chat.publish('world', '1', 'before');
    const notes = new Notes();
    const following = await chat.follow('world', notes);
    for (const text of numbered(30)) await chat.publish('world', '1', text);
    await chat.publish('elsewhere', '1', 'not for us');
    await eventually(() => expect(notes.texts).toEqual(numbered(30)));
    following.close();
    await chat.publish('world', '1', 'after');
    const later = new Notes();
    await chat.follow('world', later, { after: notes.lastId ?? '' });
    await eventually(() => expect(later.texts).toEqual(['after']));
    expect(notes.texts).toEqual(numbered(30));
  });

  it('lets readers come and go while writers publish: no gap, no repeat', async () => {
    const { chat } = await open({ chat: { keep: 1_000 } });
    const rng = seededRng(11);
    const readers = Array.from({ length: 12 }, () => ({
      notes: new Notes(),
      following: { close: () => {} },
    }));
    for (const reader of readers)
      reader.following = await chat.follow('world', reader.notes, { after: '0-0' });
    for (const text of numbered(200)) {
      await chat.publish('world', '1', text);
      const reader = readers[Math.floor(rng.next() * readers.length)];
      if (reader === undefined || rng.next() < 0.5) continue;
      reader.following.close();
      reader.following = await chat.follow('world', reader.notes, { after: reader.notes.lastId ?? '0-0' });
    }
    for (const { notes } of readers) await eventually(() => expect(notes.texts).toEqual(numbered(200)));
  });

  it('refuses more followers than its bound, and counts those that left', async () => {
    const { chat } = await open({ chat: { maxFollowers: 2 } });
    const first = await chat.follow('a', new Notes());
    await chat.follow('b', new Notes());
    await expect(chat.follow('c', new Notes())).rejects.toMatchObject({ code: 'overloaded' });
    first.close();
    first.close();
    await chat.follow('c', new Notes());
    await expect(chat.follow('d', new Notes())).rejects.toMatchObject({ code: 'overloaded' });
  });

  it('refuses bad names and cursors', async () => {
    const { chat } = await open();
    await expect(chat.follow('a b', new Notes())).rejects.toMatchObject({ field: 'channel' });
    await expect(chat.follow('a', new Notes(), { after: 'yesterday' })).rejects.toMatchObject({
      field: 'after',
    });
    const following = await chat.follow('a', new Notes());
    following.close();
  });
});

it('misses nothing for a reader who comes during a look and is further behind than the others', async () => {
  const store = new MemoryStore();
  const look = gate();
  const slow = Object.create(store) as MemoryStore;
  slow.run = async (operation, keys, args) => {
    const result = await store.run(operation, keys, args);
    if (operation.name === 'chat-after') await look.promise;
    return result;
  };
  const chat = new Chat(slow);
  for (const text of numbered(3)) await chat.publish('world', '1', text);
  const [, second] = (await chat.read('world')).messages;
  const [ahead, behind] = [new Notes(), new Notes()];
  await chat.follow('world', ahead, { after: second?.id ?? '' });
  await chat.follow('world', behind, { after: '0-0' });
  look.open();
  await eventually(() => expect(behind.texts).toEqual(numbered(3)));
  expect(ahead.texts).toEqual(['m2']);
  chat.close();
});

it('goes on by itself after Redis was killed, paused, and lost its subscribers', async () => {
  await using redis = await startRedis({ dedicated: true });
  const [writer, reader] = [openCache(redis.url), openCache(redis.url, { redis: { commandTimeoutMs: 200 } })];
  await Promise.all([ready(writer.store), ready(reader.store)]);
  const notes = new Notes();
  await reader.chat.follow('world', notes);
  const publish = (text: string) => eventually(() => writer.chat.publish('world', '1', text));

  await publish('m0');
  await eventually(() => expect(notes.texts).toEqual(numbered(1)));
  await redis.restart();
  await publish('m1');
  await eventually(() => expect(notes.texts).toEqual(numbered(2)));
  redis.pause();
  await eventually(() => expect(reader.connected).toBe(false));
  redis.resume();
  await publish('m2');
  await eventually(() => expect(notes.texts).toEqual(numbered(3)));
  await redisCommand(redis.url, ['CLIENT', 'KILL', 'TYPE', 'pubsub']);
  await publish('m3');
  await eventually(() => expect(notes.texts).toEqual(numbered(4)));
  await Promise.all([writer.close(), reader.close()]);
});
