import { expect, it } from 'vitest';
import type { CacheError, ChatOptions } from '../../src/index.ts';
import { compareMessageIds } from '../../src/chat/message-log.ts';
import { describeOnEveryEngine } from '../support/engines.ts';

describeOnEveryEngine('Chat', (open) => {
  async function start(chat: Omit<ChatOptions, 'clock'> = {}) {
    const cache = await open({ chat });
    return cache.chat;
  }
  const texts = (messages: readonly { text: string }[]): string[] => messages.map(({ text }) => text);

  it('reads what was published, oldest first, and removes nothing', async () => {
    const chat = await start();
    const first = await chat.publish('world', '42', 'hello');
    await chat.publish('world', '43', '안녕 🏯');
    const { messages, nextCursor } = await chat.read('world');
    expect(messages[0]).toEqual(first);
    expect(first).toMatchObject({ channel: 'world', playerId: '42', text: 'hello' });
    expect(Math.abs(first.sentAtMs - Date.now())).toBeLessThan(60_000);
    expect(texts(messages)).toEqual(['hello', '안녕 🏯']);
    expect(nextCursor).toBeUndefined();
    expect((await chat.read('world')).messages).toEqual(messages);
    expect((await chat.read('elsewhere')).messages).toEqual([]);
  });

  it('deletes a message, and tells those who have read it', async () => {
    const chat = await start();
    const { id } = await chat.publish('world', '42', 'rude');
    await chat.publish('world', '43', 'polite');
    expect(await chat.delete('world', id)).toBe(true);
    expect(await chat.delete('world', id)).toBe(false);
    const { messages } = await chat.read('world');
    expect(texts(messages)).toEqual(['polite', '']);
    expect(messages[1]).toMatchObject({ deletes: id, playerId: '' });
    expect((await chat.read('world', { after: id })).messages).toEqual(messages);
  });

  it('lets a muted player publish nothing for a while', async () => {
    const chat = await start();
    await chat.mute('world', '42', 60_000);
    await chat.mute('world', '43', 30);
    await expect(chat.publish('world', '42', 'hello')).rejects.toMatchObject({ code: 'muted' });
    expect((await chat.mutes('world')).map(({ playerId }) => playerId)).toContain('42');
    await chat.publish('elsewhere', '42', 'hello');
    await expect.poll(() => chat.publish('world', '43', 'hello').catch(() => undefined)).toBeDefined();
    expect(await chat.unmute('world', '42')).toBe(true);
    expect(await chat.unmute('world', '42')).toBe(false);
    await chat.publish('world', '42', 'hello');
    await expect(chat.mute('world', '42', 0)).rejects.toMatchObject({ code: 'invalid', field: 'ms' });
  });

  it('lets a player publish so many messages in a while, and no more', async () => {
    const chat = await start({ rateLimit: 2, rateWindowMs: 200 });
    const publish = (playerId: string) => chat.publish('world', playerId, 'hello', { isLimited: true });
    await publish('42');
    await publish('42');
    const refused = await publish('42').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'rate_limited', retryable: true });
    expect((refused as CacheError).retryAfterMs).toBeLessThanOrEqual(200);
    await publish('43');
    await chat.publish('world', '42', 'a service may');
    await expect.poll(() => publish('42').catch(() => undefined)).toBeDefined();
  });

  it('counts characters, not the units they are stored in', async () => {
    const chat = await start();
    await chat.publish('world', '42', '🏯'.repeat(500));
    expect((await chat.read('world')).messages[0]?.text).toBe('🏯'.repeat(500));
  });

  it('keeps the last 100 and reads 50 by default', async () => {
    const chat = await start();
    for (let i = 0; i < 130; i += 1) await chat.publish('world', '42', `m${i}`);
    const newest = await chat.read('world');
    expect(texts(newest.messages)).toEqual(Array.from({ length: 50 }, (_, i) => `m${i + 80}`));
    const all = await chat.read('world', { limit: 100 });
    expect(texts(all.messages)).toEqual(Array.from({ length: 100 }, (_, i) => `m${i + 30}`));
    expect(all.nextCursor).toBeUndefined();
  });

  it('pages backwards and forwards without gap or repeat', async () => {
    const chat = await start();
    for (let i = 0; i < 25; i += 1) await chat.publish('world', '42', `m${i}`);
    const expected = Array.from({ length: 25 }, (_, i) => `m${i}`);

    let backwards: string[] = [];
    let before: string | undefined;
    do {
      const page = await chat.read('world', { limit: 7, ...(before === undefined ? {} : { before }) });
      backwards = [...texts(page.messages), ...backwards];
      before = page.nextCursor;
    } while (before !== undefined);
    expect(backwards).toEqual(expected);

    const forwards: string[] = [];
    let after: string | undefined = '0-0';
    while (after !== undefined) {
      const page: Awaited<ReturnType<typeof chat.read>> = await chat.read('world', { limit: 5, after });
      forwards.push(...texts(page.messages));
      after = page.nextCursor;
    }
    expect(forwards).toEqual(expected);
  });

  it('gives ids that strictly increase, also to 200 published at once', async () => {
    const chat = await start({ keep: 500 });
    const published = await Promise.all(
      Array.from({ length: 200 }, (_, i) => chat.publish('world', '42', `m${i}`)),
    );
    const first = await chat.read('world', { after: '0-0', limit: 100 });
    const second = await chat.read('world', { after: first.nextCursor ?? '', limit: 100 });
    const ids = [...first.messages, ...second.messages].map(({ id }) => id);
    expect(ids).toHaveLength(200);
    expect(ids.toSorted(compareMessageIds)).toEqual(ids);
    expect(new Set(published.map(({ id }) => id))).toEqual(new Set(ids));
  });

  it('reads on after a message that was trimmed meanwhile', async () => {
    const chat = await start({ keep: 3 });
    const first = await chat.publish('world', '42', 'm0');
    for (let i = 1; i < 6; i += 1) await chat.publish('world', '42', `m${i}`);
    expect(texts((await chat.read('world', { after: first.id })).messages)).toEqual(['m3', 'm4', 'm5']);
    expect((await chat.read('world', { before: first.id })).messages).toEqual([]);
  });

  it.each([
    ['channel', () => ({ channel: 'a b' })],
    ['channel', () => ({ channel: '' })],
    ['channel', () => ({ channel: '{x}' })],
    ['channel', () => ({ channel: 'x'.repeat(65) })],
    ['playerId', () => ({ playerId: 'a:b' })],
    ['text', () => ({ text: '' })],
    ['text', () => ({ text: 'x'.repeat(501) })],
    ['text', () => ({ text: '🏯'.repeat(501) })],
  ])('refuses a bad %s', async (field, change) => {
    const chat = await start();
    const { channel, playerId, text } = { channel: 'world', playerId: '42', text: 'hello', ...change() };
    await expect(chat.publish(channel, playerId, text)).rejects.toMatchObject({ code: 'invalid', field });
  });

  it.each([
    ['limit', { limit: 0 }],
    ['limit', { limit: 101 }],
    ['limit', { limit: 1.5 }],
    ['before', { before: 'yesterday' }],
    ['after', { after: '1-1 COUNT' }],
    ['after', { before: '1-1', after: '1-1' }],
  ])('refuses a bad %s when reading', async (field, options) => {
    const chat = await start();
    await expect(chat.read('world', options)).rejects.toMatchObject({ code: 'invalid', field });
  });
});
