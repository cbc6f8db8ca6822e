import type { HanokServer } from '@hanok/service-kit';

type Row = Readonly<Record<string, unknown>>;
interface TableDelta {
  readonly set?: readonly [string, Row][];
  readonly gone?: readonly string[];
  readonly columns?: readonly ColumnDelta[];
}
interface ColumnDelta {
  readonly group: string;
  readonly keys?: readonly string[];
  readonly columns: Readonly<Record<string, readonly unknown[]>>;
}

/** Follows the stream as the page does. */
export class LiveReader implements AsyncDisposable {
  readonly #tables = new Map<string, Map<string, Row>>();
  readonly #groups = new Map<string, readonly string[]>();
  readonly #ended = new AbortController();
  readonly #reading: Promise<void>;

  private constructor(response: Response) {
    this.#reading = this.#read(response).catch(() => undefined);
  }

  static async open(baseUrl: string, token: string): Promise<LiveReader> {
    const stop = new AbortController();
    const response = await fetch(`${baseUrl}/console/api/stream`, {
      headers: { authorization: `Bearer ${token}` },
      signal: stop.signal,
    });
    const reader = new LiveReader(response);
    reader.#ended.signal.addEventListener('abort', () => stop.abort(), { once: true });
    return reader;
  }

  table(name: string): ReadonlyMap<string, Row> {
    return this.#tables.get(name) ?? new Map();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#reading;
  }

  async #read(response: Response): Promise<void> {
    if (response.body === null) return;
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + chunk).split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) this.#take(event);
    }
  }

  #take(event: string): void {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    if (event.startsWith('event: snapshot')) this.#tables.clear();
    for (const [name, { set = [], gone = [], columns = [] }] of Object.entries(
      JSON.parse(data) as Record<string, TableDelta>,
    )) {
      const table = this.#tables.get(name) ?? new Map<string, Row>();
      this.#tables.set(name, table);
      for (const key of gone) table.delete(key);
      for (const [key, row] of set) table.set(key, { ...table.get(key), ...row });
      for (const { group, keys, columns: values } of columns) {
        if (keys !== undefined) this.#groups.set(group, keys);
        for (const [index, key] of (this.#groups.get(group) ?? []).entries()) {
          const figures = Object.entries(values).map(([field, column]) => [field, column[index]]);
          table.set(key, { ...table.get(key), ...Object.fromEntries(figures) });
        }
      }
    }
  }
}

/** Where a server of a test listens. */
export function urlOf(server: HanokServer): string {
  const address = server.addresses().find((each) => typeof each === 'object');
  return `http://127.0.0.1:${address?.port}`;
}
