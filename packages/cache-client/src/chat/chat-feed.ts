import type { Clock, Timer } from '@hanok/service-kit';
import type { SignalSubscription } from '../store/signals.ts';
import type { Chat, ChatMessage } from './chat.ts';
import { compareMessageIds } from './message-log.ts';

/** Someone who follows a channel. */
export interface ChatReader {
  /** Called with each message once, in the order of the ids. */
  onMessages(messages: readonly ChatMessage[]): void;
}

/** Signals can be lost on their way, so the channel is looked at this often without one. */
const lookEveryMs = 1_000;
const retryMs = 250;
const pageLength = 100;

interface Follower {
  readonly reader: ChatReader;
  cursor: string;
}

/**
 * Follows one channel for all its readers in this process: one read for a new message, however many readers.
 * What reaches a reader is decided by his cursor alone, so that whatever is lost, repeated or late on the way of
 * the signals, he gets every message once and in order, as long as he is not further behind than the channel
 * keeps messages.
 */
export class ChatFeed {
  readonly #chat: Chat;
  readonly #channel: string;
  readonly #clock: Clock;
  readonly #followers = new Set<Follower>();
  readonly #signals: SignalSubscription;
  #timer: Timer | undefined;
  #looking = false;
  #lookAgain = false;
  #closed = false;

  constructor(chat: Chat, channel: string, clock: Clock) {
    this.#chat = chat;
    this.#channel = channel;
    this.#clock = clock;
    this.#signals = chat.onPublished(channel, () => this.#look());
  }

  /** Readers in this process. */
  get size(): number {
    return this.#followers.size;
  }

  /** Follows from the message after `cursor` on. */
  add(reader: ChatReader, cursor: string): void {
    this.#followers.add({ reader, cursor });
    this.#look();
  }

  remove(reader: ChatReader): void {
    for (const follower of this.#followers) if (follower.reader === reader) this.#followers.delete(follower);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#signals.close();
  }

  /** One look at a time; a signal during it means another one after it. */
  #look(): void {
    this.#lookAgain = true;
    if (!this.#looking && !this.#closed) void this.#lookUntilNothingIsNew();
  }

  async #lookUntilNothingIsNew(): Promise<void> {
    this.#looking = true;
    this.#timer?.cancel();
    let nextLookMs = lookEveryMs;
    try {
      while (this.#lookAgain && !this.#closed && this.#followers.size > 0) {
        this.#lookAgain = false;
        if (await this.#readAndDeliver()) this.#lookAgain = true;
      }
    } catch {
      // The cache is away: the cursors stay, and what was missed is read when it is back.
      nextLookMs = retryMs;
    }
    this.#looking = false;
    if (!this.#closed) this.#timer = this.#clock.setTimer(nextLookMs, () => this.#look());
  }

  /** True when there may be more. */
  async #readAndDeliver(): Promise<boolean> {
    const from = this.#earliestCursor();
    if (from === undefined) return false;
    const { messages } = await this.#chat.read(this.#channel, { after: from, limit: pageLength });
    const last = messages.at(-1);
    if (last === undefined) return false;
    for (const follower of this.#followers) {
      const missed = missedBy(follower, from, messages);
      if (missed.length === 0) continue;
      follower.cursor = last.id;
      follower.reader.onMessages(missed);
    }
    return messages.length === pageLength;
  }

  #earliestCursor(): string | undefined {
    let earliest: string | undefined;
    for (const { cursor } of this.#followers) {
      if (cursor === earliest) continue;
      if (earliest === undefined || compareMessageIds(cursor, earliest) < 0) earliest = cursor;
    }
    return earliest;
  }
}

/** What of the messages after `from` a follower has not got yet. */
function missedBy(
  { cursor }: Follower,
  from: string,
  messages: readonly ChatMessage[],
): readonly ChatMessage[] {
  // Nearly all readers stand at the same place, so that nothing has to be sorted out for them.
  if (cursor === from) return messages;
  // Whoever came during the read and is further behind would miss what lies between: the next look is his.
  if (compareMessageIds(cursor, from) < 0) return [];
  return messages.filter(({ id }) => compareMessageIds(id, cursor) > 0);
}
