import { eventually } from '@hanok/testkit';

export interface ReadEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a stream of server-sent events as the wire has it. */
export class EventReader implements AsyncDisposable {
  readonly events: ReadEvent[] = [];
  comments = 0;
  ended = false;
  readonly #abort = new AbortController();
  #buffer = '';

  private constructor() {}

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const reader = new EventReader();
    const response = await fetch(url, { headers, signal: reader.#abort.signal });
    if (!response.ok || response.body === null)
      throw new Error(`${response.status}: ${await response.text()}`);
    void reader.#read(response.body);
    return reader;
  }

  /** Waits for the first event that fits. */
  next(fits: (event: ReadEvent) => boolean): Promise<ReadEvent> {
    return eventually(() => this.events.find(fits) ?? null);
  }

  of(event: string): ReadEvent[] {
    return this.events.filter((each) => each.event === event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await eventually(() => this.ended);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream())) this.#take(chunk);
    } catch {
      // Aborted, or the coordinator was killed: the end is told by `ended`.
    } finally {
      this.ended = true;
    }
  }

  #take(chunk: string): void {
    this.#buffer += chunk;
    const blocks = this.#buffer.split('\n\n');
    this.#buffer = blocks.pop() ?? '';
    for (const block of blocks) {
      if (block.startsWith(':')) this.comments += 1;
      else this.events.push(parse(block));
    }
  }
}

function parse(block: string): ReadEvent {
  const fields = new Map(
    block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  return {
    id: fields.get('id') ?? null,
    event: fields.get('event') ?? '',
    data: JSON.parse(fields.get('data') ?? 'null') as Record<string, unknown>,
  };
}
