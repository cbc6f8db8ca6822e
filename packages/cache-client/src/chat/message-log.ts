/** A message as a channel keeps it. */
export interface LoggedMessage {
  /** `milliseconds-sequence`, strictly increasing in a channel, also when the clock goes back. */
  readonly id: string;
  readonly playerId: string;
  readonly text: string;
  /** The id of a message that was deleted: this one only says so. */
  readonly deletes?: string;
}

interface Place {
  readonly ms: number;
  readonly sequence: number;
}

/** Orders message ids: negative when `a` came before `b`. */
export function compareMessageIds(a: string, b: string): number {
  const [first, second] = [placeOf(a), placeOf(b)];
  return first.ms - second.ms || first.sequence - second.sequence;
}

function placeOf(id: string): Place {
  const [ms = '', sequence = ''] = id.split('-');
  return { ms: Number(ms), sequence: Number(sequence) };
}

/** A channel in memory: the ids and the trimming of a Redis stream. */
export class MessageLog {
  #messages: LoggedMessage[] = [];
  #last: Place = { ms: 0, sequence: 0 };
  #sizeBytes = 0;

  static fromJson({ last, messages }: { last: Place; messages: readonly LoggedMessage[] }): MessageLog {
    const log = new MessageLog();
    log.#last = last;
    for (const message of messages) log.#add(message);
    return log;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  toJson(): { last: Place; messages: readonly LoggedMessage[] } {
    return { last: this.#last, messages: this.#messages };
  }

  append(nowMs: number, message: Omit<LoggedMessage, 'id'>, keep: number): string {
    const ms = Math.max(Math.floor(nowMs), this.#last.ms);
    this.#last = { ms, sequence: ms === this.#last.ms ? this.#last.sequence + 1 : 0 };
    const id = `${ms}-${this.#last.sequence}`;
    this.#add({ id, ...message });
    while (this.#messages.length > keep) this.#sizeBytes -= sizeOf(this.#messages.shift());
    return id;
  }

  /** True when it was there. */
  remove(id: string): boolean {
    const at = this.#indexFrom(id);
    const found = this.#messages[at];
    if (found?.id !== id) return false;
    this.#messages.splice(at, 1);
    this.#sizeBytes -= sizeOf(found);
    return true;
  }

  /** Newest first; `id` '' means from the newest. */
  before(id: string, count: number): LoggedMessage[] {
    const end = id === '' ? this.#messages.length : this.#indexFrom(id);
    return this.#messages.slice(Math.max(0, end - count), end).toReversed();
  }

  /** Oldest first. */
  after(id: string, count: number): LoggedMessage[] {
    const at = this.#indexFrom(id);
    const start = this.#messages[at]?.id === id ? at + 1 : at;
    return this.#messages.slice(start, start + count);
  }

  #add(message: LoggedMessage): void {
    this.#messages.push(message);
    this.#sizeBytes += sizeOf(message);
  }

  /** Index of the first message that is not before `id`; found by halves, as ids increase. */
  #indexFrom(id: string): number {
    let [from, to] = [0, this.#messages.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const message = this.#messages[middle];
      if (message !== undefined && compareMessageIds(message.id, id) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function sizeOf(message: LoggedMessage | undefined): number {
  return message === undefined ? 0 : message.text.length + message.playerId.length + 100;
}
