import { systemClock, type Clock } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { checkInteger, checkLength, checkName, checkPlayerId, taggedKey } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import type { SignalSubscription } from '../store/signals.ts';
import { ChatFeed, type ChatReader } from './chat-feed.ts';
import { deleteMessage, publishMessage, readAfter, readBefore } from './chat-operations.ts';
import { listMutes, mutePlayer, unmutePlayer } from './mute-operations.ts';
import type { LoggedMessage } from './message-log.ts';

/** Longest message, in characters. */
export const maxMessageLength = 500;

/** Longest mute: a year. */
export const maxMuteMs = 31_536_000_000;

/** The form of message ids. */
export const messageIdPattern = '^[0-9]{1,15}-[0-9]{1,15}$';

const messageIdRule = new RegExp(messageIdPattern);

export interface ChatMessage {
  /** Strictly increasing in its channel. */
  readonly id: string;
  readonly channel: string;
  readonly playerId: string;
  readonly text: string;
  /** Wall clock of the engine, ms since the epoch. */
  readonly sentAtMs: number;
  /** Instead of a text: the id of a message that was deleted, for those who have read it. */
  readonly deletes?: string;
}

export interface ChatOptions {
  /** Messages kept in a channel. Default 100, at most 10,000. */
  readonly keep?: number;
  /** How long a channel lasts after its last message. Default 7 days. */
  readonly idleMs?: number;
  /** Messages a player may publish by himself in one channel within `rateWindowMs`; 0 for any number. Default 10. */
  readonly rateLimit?: number;
  /** Default 10,000. */
  readonly rateWindowMs?: number;
  /** Most readers that follow channels in this process at a time. Default 10,000. */
  readonly maxFollowers?: number;
  readonly clock?: Clock;
}

/** A player who may not publish in a channel for a while. */
export interface Mute {
  readonly playerId: string;
  /** Wall clock of the engine, ms since the epoch. */
  readonly untilMs: number;
}

/** Which messages to read: the newest, those just before an id, or those just after one. */
export interface ReadChat {
  /** Default 50, at most 100. */
  readonly limit?: number;
  readonly before?: string;
  readonly after?: string;
}

/** A page of messages, oldest first. */
export interface ChatPage {
  readonly messages: readonly ChatMessage[];
  /** Pass it as `after` (when reading `after`) or `before` (else) for the next page; undefined at the end. */
  readonly nextCursor: string | undefined;
}

/** Chat channels by name. The last 100 messages of a channel are kept; reading removes nothing. */
export class Chat {
  readonly #store: CacheStore;
  readonly #keep: number;
  readonly #idleMs: number;
  readonly #rateLimit: number;
  readonly #rateWindowMs: number;
  readonly #maxFollowers: number;
  readonly #clock: Clock;
  readonly #feeds = new Map<string, ChatFeed>();
  #followers = 0;

  constructor(
    store: CacheStore,
    {
      keep = 100,
      idleMs = 604_800_000,
      rateLimit = 10,
      rateWindowMs = 10_000,
      maxFollowers = 10_000,
      clock = systemClock,
    }: ChatOptions = {},
  ) {
    this.#store = store;
    this.#maxFollowers = maxFollowers;
    this.#clock = clock;
    this.#keep = checkInteger('keep', keep, 1, 10_000);
    this.#idleMs = checkInteger('idleMs', idleMs, 1_000);
    this.#rateLimit = checkInteger('rateLimit', rateLimit, 0, 100_000);
    this.#rateWindowMs = checkInteger('rateWindowMs', rateWindowMs, 1, 86_400_000);
  }

  /**
   * @throws CacheError `invalid` for an empty or too long text and for names that break the rules, `muted` while
   * the player is, and, where it `isLimited` (default false: a service publishes for him), `rate_limited` for more
   * than 10 messages in 10 s or what was configured.
   */
  async publish(
    channel: string,
    playerId: string,
    text: string,
    { isLimited = false }: { readonly isLimited?: boolean } = {},
  ): Promise<ChatMessage> {
    const key = keyOf(channel);
    checkPlayerId(playerId);
    checkLength('text', text, 1, maxMessageLength);
    const published = await this.#store.run(
      publishMessage,
      [key, mutesKeyOf(channel), taggedKey('chat', channel, `rate:${playerId}`)],
      [playerId, text, this.#keep, this.#idleMs, isLimited ? this.#rateLimit : 0, this.#rateWindowMs],
    );
    if ('id' in published) return toMessage(channel, { id: published.id, playerId, text });
    const { refused, retryAfterMs } = published;
    const why = refused === 'muted' ? 'is muted in this channel' : 'publishes too fast';
    throw new CacheError(refused, `the player ${why}`, { retryAfterMs });
  }

  /** Deletes a message. Readers who follow are told by one that `deletes` it. True when it was there. */
  async delete(channel: string, id: string): Promise<boolean> {
    const args = [checkMessageId('id', id), this.#keep, this.#idleMs];
    return this.#store.run(deleteMessage, [keyOf(channel)], args);
  }

  /** Lets a player publish nothing in a channel for `ms` (1 to 31,536,000,000, a year). */
  async mute(channel: string, playerId: string, ms: number): Promise<void> {
    const args = [checkPlayerId(playerId), checkInteger('ms', ms, 1, maxMuteMs)];
    await this.#store.run(mutePlayer, [mutesKeyOf(channel)], args);
  }

  /** Lets him publish again. True when he was muted. */
  async unmute(channel: string, playerId: string): Promise<boolean> {
    return this.#store.run(unmutePlayer, [mutesKeyOf(channel)], [checkPlayerId(playerId)]);
  }

  /** Who is muted in a channel. */
  async mutes(channel: string): Promise<readonly Mute[]> {
    const found = await this.#store.run(listMutes, [mutesKeyOf(channel)], []);
    const mutes = found.map(([playerId, untilMs]) => ({ playerId, untilMs }));
    return mutes.filter(({ untilMs }) => untilMs > this.#clock.now());
  }

  /**
   * The newest 50 by default. With `before` the messages just before that id, with `after` those just after;
   * always oldest first.
   */
  async read(channel: string, { limit = 50, before, after }: ReadChat = {}): Promise<ChatPage> {
    const key = keyOf(channel);
    const count = checkInteger('limit', limit, 1, 100);
    if (before !== undefined && after !== undefined) {
      throw new CacheError('invalid', 'give before or after, not both', {
        field: 'after',
        rule: 'exclusive',
      });
    }
    // One more than asked for tells whether there is a next page.
    if (after !== undefined) {
      const found = await this.#store.run(readAfter, [key], [checkMessageId('after', after), count + 1]);
      const messages = found.slice(0, count).map((message) => toMessage(channel, message));
      return { messages, nextCursor: found.length > count ? messages.at(-1)?.id : undefined };
    }
    const start = before === undefined ? '' : checkMessageId('before', before);
    const found = await this.#store.run(readBefore, [key], [start, count + 1]);
    const messages = found
      .slice(0, count)
      .toReversed()
      .map((message) => toMessage(channel, message));
    return { messages, nextCursor: found.length > count ? messages[0]?.id : undefined };
  }

  /**
   * Follows a channel: everything after the message `after`, or by default everything published from now on.
   * Each message once, in order, over all outages, as long as the reader is not further behind than the channel
   * keeps messages.
   *
   * @throws CacheError `overloaded` when too many follow already.
   */
  async follow(
    channel: string,
    reader: ChatReader,
    { after }: { after?: string } = {},
  ): Promise<SignalSubscription> {
    keyOf(channel);
    if (this.#followers >= this.#maxFollowers) {
      throw new CacheError('overloaded', `${this.#maxFollowers} readers already follow channels here`);
    }
    this.#followers += 1;
    try {
      const cursor = after === undefined ? await this.#newestId(channel) : checkMessageId('after', after);
      return this.#addTo(channel, reader, cursor);
    } catch (error) {
      this.#followers -= 1;
      throw error;
    }
  }

  /** Calls `listener` soon after a message may have been published. Calls may be late, lost or too many. */
  onPublished(channel: string, listener: () => void): SignalSubscription {
    return this.#store.subscribe(keyOf(channel), listener);
  }

  /** Ends all feeds. */
  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }

  #addTo(channel: string, reader: ChatReader, cursor: string): SignalSubscription {
    const feed = this.#feeds.get(channel) ?? new ChatFeed(this, channel, this.#clock);
    this.#feeds.set(channel, feed);
    feed.add(reader, cursor);
    let open = true;
    return {
      close: () => {
        if (!open) return;
        open = false;
        this.#followers -= 1;
        feed.remove(reader);
        if (feed.size > 0) return;
        feed.close();
        if (this.#feeds.get(channel) === feed) this.#feeds.delete(channel);
      },
    };
  }

  async #newestId(channel: string): Promise<string> {
    const { messages } = await this.read(channel, { limit: 1 });
    return messages[0]?.id ?? '0-0';
  }
}

function keyOf(channel: string): string {
  return taggedKey('chat', checkName('channel', channel));
}

function mutesKeyOf(channel: string): string {
  return taggedKey('chat', checkName('channel', channel), 'mutes');
}

function checkMessageId(field: string, id: string): string {
  if (messageIdRule.test(id)) return id;
  throw new CacheError('invalid', `${field} must be a message id such as 1700000000000-0`, {
    field,
    rule: 'pattern',
  });
}

function toMessage(channel: string, message: LoggedMessage): ChatMessage {
  return { ...message, channel, sentAtMs: Number(message.id.slice(0, message.id.indexOf('-'))) };
}
